"""A Home Assistant under test, and a Breakroom that checks its tokens with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp.test_utils import TestServer, unused_port
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.auth.models import RefreshToken
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.breakroom.const import (
    CONF_TARGET,
    CONF_THIS_HOME_ASSISTANT,
    DOMAIN,
)
from fake_breakroom import FakeBreakroom, User


@pytest.fixture
async def with_frontend(
    hass: HomeAssistant, enable_custom_integrations: None, socket_enabled: None
) -> None:
    """Have the real frontend, and let the integration be found and reach the fake server on loopback."""
    http = {"server_host": "127.0.0.1", "server_port": unused_port()}
    assert await async_setup_component(hass, "frontend", {"http": http})


def user_of_token(hass: HomeAssistant, token: str) -> User | None:
    """Tell what Home Assistant would tell the server about a token."""
    refresh_token: RefreshToken | None = hass.auth.async_validate_access_token(token)
    if refresh_token is None:
        return None
    user = refresh_token.user
    return {"id": user.id, "name": user.name, "is_admin": user.is_admin}


@pytest.fixture
def breakroom(hass: HomeAssistant) -> FakeBreakroom:
    """The state of the fake server."""

    async def verify(token: str) -> User | None:
        return user_of_token(hass, token)

    return FakeBreakroom(verify)


@pytest.fixture
async def server(breakroom: FakeBreakroom) -> AsyncIterator[TestServer]:
    """The fake server, running."""
    async with TestServer(breakroom.app()) as server:
        yield server


@pytest.fixture
def url(server: TestServer) -> str:
    """The fake server's origin."""
    return str(server.make_url("")).rstrip("/")


SetUp = Callable[..., Awaitable[ConfigEntry]]


@pytest.fixture
def set_up(hass: HomeAssistant, url: str) -> SetUp:
    """Set a target up, as if the dialogs had been gone through."""

    async def set_up(target: str = "porch", **data: str | bool) -> ConfigEntry:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=f"Breakroom {target}",
            unique_id=f"{url}#{target}",
            data={
                CONF_URL: url,
                CONF_TARGET: target,
                CONF_THIS_HOME_ASSISTANT: False,
                **data,
            },
        )
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        return entry

    return set_up
