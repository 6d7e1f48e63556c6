"""Whether a target's debugger is active."""

from __future__ import annotations

from typing import Any

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import Connection, TargetCoordinator

# The server's word for it; "unknown" is Home Assistant's unknown.
DEBUGGER_IS_ACTIVE = {"active": True, "attached": True, "inactive": False}


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    """Add the sensor of a config entry's target."""
    async_add_entities([DebuggerActive(hass.data[DOMAIN][entry.entry_id])])


class DebuggerActive(CoordinatorEntity[TargetCoordinator], BinarySensorEntity):
    """On while debugpy listens in the target, or Breakroom is attached to it."""

    _attr_device_class = BinarySensorDeviceClass.RUNNING
    _attr_has_entity_name = True
    _attr_translation_key = "debugger_active"
    _unrecorded_attributes = frozenset({"how_to_start"})

    def __init__(self, connection: Connection) -> None:
        """Show a connection's target."""
        super().__init__(connection.coordinator)
        self._connection = connection
        entry_id = connection.entry.entry_id
        self._attr_unique_id = f"{entry_id}_debugger_active"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry_id)},
            name=connection.entry.title,
            manufacturer="Breakroom",
            sw_version=connection.server.version,
            configuration_url=connection.browser_url,
            entry_type=DeviceEntryType.SERVICE,
        )

    @property
    def is_on(self) -> bool | None:
        """Whether it is active; None where the server can't tell."""
        return DEBUGGER_IS_ACTIVE.get(self.coordinator.data.debugger)

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """The debugger's state in the server's words, and the live session."""
        target = self.coordinator.data
        session = target.live_session
        return {
            "debugger": target.debugger,
            "how_to_start": target.how_to_start,
            "live_session": session,
            "live_session_url": session and self._connection.session_url(session),
        }
