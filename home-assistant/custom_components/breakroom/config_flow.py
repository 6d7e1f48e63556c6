"""The dialogs: which Breakroom, which target.

Both the first dialog and the one that changes settings have two steps: the server, which is tried at once, and one of
its targets. Trying means signing in, as listing targets needs that; the sign-in ends before the second step is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    OptionsFlow,
    UnknownEntry,
)
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResult
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .account import SETUP_HOLDER, async_create_client, async_get_account
from .api import (
    ApiError,
    BreakroomError,
    CannotConnect,
    NotBreakroom,
    SignInRefused,
    origin_of,
)
from .const import CONF_BROWSER_URL, CONF_TARGET, CONF_THIS_HOME_ASSISTANT, DOMAIN

URL_SELECTOR = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))


@dataclass(slots=True)
class _Tried:
    """What came of trying a server: its URLs and targets, or errors with the reason in words."""

    urls: dict[str, str] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    reason: str = ""


async def _async_try(hass: HomeAssistant, user_input: Mapping[str, Any]) -> _Tried:
    """Check what the first step was answered with."""
    tried = _Tried()
    for key in (CONF_URL, CONF_BROWSER_URL):
        if text := user_input.get(key):
            try:
                tried.urls[key] = origin_of(text)
            except ValueError:
                tried.errors[key] = "invalid_url"
    if tried.errors:
        return tried
    try:
        tried.targets = await _async_target_names(hass, tried.urls[CONF_URL])
    except BreakroomError as err:
        tried.errors["base"] = _error_key(err)
        tried.reason = str(err)
    else:
        if not tried.targets:
            tried.errors["base"] = "no_targets"
    return tried


async def _async_target_names(hass: HomeAssistant, url: str) -> list[str]:
    """Sign in, ask, sign out."""
    account = async_get_account(hass)
    async with account.setup_turn:
        client = async_create_client(hass, url, SETUP_HOLDER)
        try:
            return [target.name for target in await client.async_targets()]
        finally:
            await client.async_close()
            await account.async_take_back(SETUP_HOLDER)
            await account.async_remove_if_unused()


def _error_key(error: BreakroomError) -> str:
    """Name an error as the translations do."""
    match error:
        case CannotConnect():
            return "cannot_connect"
        case NotBreakroom():
            return "not_breakroom"
        case SignInRefused() | ApiError():
            return "cannot_sign_in"
    return "unknown"


def _unique_id(data: Mapping[str, Any]) -> str:
    """Tell targets of servers apart."""
    return f"{data[CONF_URL]}#{data[CONF_TARGET]}"


def _title(data: Mapping[str, Any]) -> str:
    """Name an entry."""
    return f"Breakroom {data[CONF_TARGET]}"


def _server_schema(suggested: Mapping[str, Any]) -> vol.Schema:
    """First step: where the server is."""
    return vol.Schema(
        {
            vol.Required(
                CONF_URL, description={"suggested_value": suggested.get(CONF_URL)}
            ): URL_SELECTOR,
            vol.Optional(
                CONF_BROWSER_URL,
                description={"suggested_value": suggested.get(CONF_BROWSER_URL)},
            ): URL_SELECTOR,
        }
    )


def _target_schema(targets: list[str], current: Mapping[str, Any]) -> vol.Schema:
    """Second step: which of its targets."""
    target = current.get(CONF_TARGET)
    return vol.Schema(
        {
            vol.Required(
                CONF_TARGET, default=target if target in targets else targets[0]
            ): SelectSelector(
                SelectSelectorConfig(options=targets, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Required(
                CONF_THIS_HOME_ASSISTANT,
                default=current.get(CONF_THIS_HOME_ASSISTANT, False),
            ): BooleanSelector(),
        }
    )


class BreakroomConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set a target up."""

    VERSION = 1

    def __init__(self) -> None:
        """Start with nothing known."""
        self._tried = _Tried()

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        """Ask where the server is."""
        self._tried = _Tried()
        if user_input is not None:
            self._tried = await _async_try(self.hass, user_input)
            if not self._tried.errors:
                return await self.async_step_target()
        return self.async_show_form(
            step_id="user",
            data_schema=_server_schema(user_input or {}),
            errors=self._tried.errors,
            description_placeholders={"reason": self._tried.reason},
        )

    async def async_step_target(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        """Ask which target."""
        if user_input is None:
            return self.async_show_form(
                step_id="target",
                data_schema=_target_schema(self._tried.targets, {}),
            )
        data = {**self._tried.urls, **user_input}
        await self.async_set_unique_id(_unique_id(data))
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=_title(data), data=data)

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the dialog that changes an entry."""
        return BreakroomOptionsFlow()


class BreakroomOptionsFlow(OptionsFlow):
    """Change a target's settings. They are the entry's data: there is one place where they are."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._tried = _Tried()

    def _entry(self) -> ConfigEntry:
        """Return the entry that is changed."""
        entry = self.hass.config_entries.async_get_entry(self.handler)
        if entry is None:
            raise UnknownEntry(self.handler)
        return entry

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        """Ask where the server is."""
        self._tried = _Tried()
        if user_input is not None:
            self._tried = await _async_try(self.hass, user_input)
            if not self._tried.errors:
                return await self.async_step_target()
        suggested = self._entry().data if user_input is None else user_input
        return self.async_show_form(
            step_id="init",
            data_schema=_server_schema(suggested),
            errors=self._tried.errors,
            description_placeholders={"reason": self._tried.reason},
        )

    async def async_step_target(
        self, user_input: dict[str, Any] | None = None
    ) -> FlowResult:
        """Ask which target."""
        entry = self._entry()
        if user_input is None:
            return self.async_show_form(
                step_id="target",
                data_schema=_target_schema(self._tried.targets, entry.data),
            )
        data = {**self._tried.urls, **user_input}
        unique_id = _unique_id(data)
        if any(
            other.unique_id == unique_id
            for other in self.hass.config_entries.async_entries(DOMAIN)
            if other.entry_id != entry.entry_id
        ):
            return self.async_abort(reason="already_configured")
        self.hass.config_entries.async_update_entry(
            entry, data=data, unique_id=unique_id, title=_title(data)
        )
        return self.async_create_entry(title="", data={})
