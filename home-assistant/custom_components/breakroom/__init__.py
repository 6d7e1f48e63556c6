"""Breakroom: debug a live Python program together, started from Home Assistant.

Each config entry is one target of one Breakroom server: a connection that polls it, a binary sensor, the actions on it
and the page in the sidebar.
"""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .account import async_create_client, async_get_account
from .api import BreakroomError, SignInRefused
from .const import CONF_TARGET, DOMAIN
from .coordinator import Connection, TargetCoordinator, browser_url
from .panel import async_add_panel
from .services import async_register_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    hass.data[DOMAIN] = {}
    async_register_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Sign in to the server and show the target."""
    client = async_create_client(hass, entry.data[CONF_URL], entry.entry_id)
    try:
        server = await client.async_server_info()
        await client.async_sign_in()
        coordinator = TargetCoordinator(hass, client, entry.data[CONF_TARGET])
        await coordinator.async_config_entry_first_refresh()
    except SignInRefused as err:
        await client.async_close()
        # Each further try would be a failed login in Home Assistant's eyes.
        raise ConfigEntryError(str(err)) from err
    except BreakroomError as err:
        await client.async_close()
        raise ConfigEntryNotReady(str(err)) from err
    except BaseException:  # not ready yet, or cancelled
        await client.async_close()
        raise

    hass.data[DOMAIN][entry.entry_id] = Connection(entry, client, server, coordinator)
    entry.async_on_unload(async_add_panel(hass, entry.entry_id, browser_url(entry)))
    entry.async_on_unload(entry.add_update_listener(_async_reload))

    async def say_goodbye(_: Event) -> None:
        await coordinator.async_shutdown()
        await client.async_close()

    entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, say_goodbye)
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Sign out and take the server's token back."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    connection: Connection = hass.data[DOMAIN].pop(entry.entry_id)
    await connection.client.async_close()
    await async_get_account(hass).async_take_back(entry.entry_id)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave nothing of a removed entry behind."""
    account = async_get_account(hass)
    await account.async_take_back(entry.entry_id)
    await account.async_remove_if_unused(leaving=entry.entry_id)


async def _async_reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Start over with changed settings."""
    await hass.config_entries.async_reload(entry.entry_id)
