"""Keeps what Home Assistant knows about a target up to date."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import BreakroomClient, BreakroomError, ServerInfo, Target
from .const import CONF_BROWSER_URL, CONF_TARGET, LOGGER, POLL_INTERVAL


class TargetCoordinator(DataUpdateCoordinator[Target]):
    """Asks the server about one target every `POLL_INTERVAL`."""

    config_entry: ConfigEntry

    def __init__(
        self, hass: HomeAssistant, client: BreakroomClient, target: str
    ) -> None:
        """Poll `target` through `client`. Call it while the config entry is being set up."""
        super().__init__(
            hass,
            LOGGER,
            name=f"Breakroom target {target}",
            update_interval=POLL_INTERVAL,
            always_update=False,
        )
        self._client = client
        self._target = target

    async def _async_update_data(self) -> Target:
        """Ask once."""
        try:
            return await self._client.async_target(self._target)
        except BreakroomError as err:
            raise UpdateFailed(str(err)) from err


@dataclass(frozen=True, slots=True)
class Connection:
    """What a loaded config entry has: `hass.data[DOMAIN][entry_id]`."""

    entry: ConfigEntry
    client: BreakroomClient
    server: ServerInfo
    coordinator: TargetCoordinator

    @property
    def target(self) -> str:
        """Name of the target."""
        name: str = self.entry.data[CONF_TARGET]
        return name

    @property
    def browser_url(self) -> str:
        """The server's origin, as browsers reach it."""
        return browser_url(self.entry)

    def session_url(self, session: str) -> str:
        """Page of a live session."""
        return f"{self.browser_url}/s/{session}"


def browser_url(entry: ConfigEntry) -> str:
    """Return the server's origin as browsers reach it: its own setting, or the one that Home Assistant uses."""
    url: str = entry.data.get(CONF_BROWSER_URL) or entry.data["url"]
    return url
