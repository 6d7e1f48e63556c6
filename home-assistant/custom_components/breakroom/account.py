"""The user by which Breakroom servers know this Home Assistant.

In: who needs a token (a config entry, or the setup dialog). Out: access tokens of one system user that is an
administrator, which Breakroom checks with Home Assistant itself.
Invariant: at most one such user exists, and none once the last config entry is gone; each holder has a refresh token of
its own, so that taking it back ends what that one server was given.
Why not a long-lived token: nobody has to copy a secret, and none is stored outside Home Assistant's own auth store.
"""

from __future__ import annotations

import asyncio
from functools import partial
import time
from typing import TypedDict

import aiohttp

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import RefreshToken, User
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.storage import Store

from .api import AccessToken, BreakroomClient, SignInRefused
from .const import DOMAIN

USER_NAME = "Breakroom"
STORAGE_VERSION = 1
DATA_ACCOUNT = f"{DOMAIN}_account"
# Who holds a token while a dialog checks what was typed in; dialogs take turns.
SETUP_HOLDER = "setup"


class _Stored(TypedDict):
    """`.storage/breakroom`."""

    user_id: str


class Account:
    """The system user, made when first needed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Use `async_get_account` instead."""
        self._hass = hass
        self._store: Store[_Stored] = Store(hass, STORAGE_VERSION, DOMAIN, private=True)
        self._lock = asyncio.Lock()
        self.setup_turn = asyncio.Lock()

    async def async_access_token(self, holder: str) -> AccessToken:
        """Sign a new access token for a holder. Raises SignInRefused when somebody deactivated the user."""
        async with self._lock:
            user = await self._async_user()
            if user is None:
                user = await self._hass.auth.async_create_system_user(
                    USER_NAME, group_ids=[GROUP_ID_ADMIN]
                )
                await self._store.async_save({"user_id": user.id})
            if not user.is_active:
                raise SignInRefused(
                    f"The user {USER_NAME} is deactivated in this Home Assistant, so Breakroom can't be signed in to."
                )
            refresh_token = _held_by(user, holder)
            if refresh_token is None:
                refresh_token = await self._hass.auth.async_create_refresh_token(
                    user, client_name=_client_name(holder)
                )
        lifetime = refresh_token.access_token_expiration.total_seconds()
        return AccessToken(
            self._hass.auth.async_create_access_token(refresh_token),
            time.time() + lifetime,
        )

    async def async_take_back(self, holder: str) -> None:
        """End every token that was made for a holder."""
        async with self._lock:
            if (user := await self._async_user()) is None:
                return
            if (refresh_token := _held_by(user, holder)) is not None:
                self._hass.auth.async_remove_refresh_token(refresh_token)

    async def async_remove_if_unused(self, leaving: str | None = None) -> None:
        """Remove the user when no config entry is left but perhaps the one that is leaving."""
        async with self._lock:
            entries = self._hass.config_entries.async_entries(DOMAIN)
            if any(entry.entry_id != leaving for entry in entries):
                return
            if (user := await self._async_user()) is not None:
                # Removing the user alone leaves connections open on older versions of Home Assistant.
                for refresh_token in list(user.refresh_tokens.values()):
                    self._hass.auth.async_remove_refresh_token(refresh_token)
                await self._hass.auth.async_remove_user(user)
            await self._store.async_remove()

    async def _async_user(self) -> User | None:
        """Find the user that we made, unless somebody removed it."""
        if (stored := await self._store.async_load()) is None:
            return None
        return await self._hass.auth.async_get_user(stored["user_id"])


@callback
def async_get_account(hass: HomeAssistant) -> Account:
    """Return this Home Assistant's account."""
    if DATA_ACCOUNT not in hass.data:
        hass.data[DATA_ACCOUNT] = Account(hass)
    account: Account = hass.data[DATA_ACCOUNT]
    return account


@callback
def async_create_client(hass: HomeAssistant, url: str, holder: str) -> BreakroomClient:
    """Return a client that signs in with the tokens of a holder. Whoever asked closes it."""
    return BreakroomClient(
        async_create_clientsession(
            # Closed by the client: on 2024.3, unloading a platform already closes an entry's own sessions.
            hass,
            auto_cleanup=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ),
        url,
        partial(async_get_account(hass).async_access_token, holder),
    )


def _client_name(holder: str) -> str:
    """Name a holder's refresh token."""
    return f"{USER_NAME} {holder}"


def _held_by(user: User, holder: str) -> RefreshToken | None:
    """Find a holder's refresh token."""
    name = _client_name(holder)
    return next(
        (token for token in user.refresh_tokens.values() if token.client_name == name),
        None,
    )
