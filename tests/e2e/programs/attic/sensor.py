"""The attic's humidity."""

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from . import DOMAIN, Attic


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Set up the sensor."""
    async_add_entities([Humidity(hass.data[DOMAIN])])


class Humidity(CoordinatorEntity[Attic], SensorEntity):
    """As the coordinator has it."""

    _attr_name = "Attic humidity"
    _attr_native_unit_of_measurement = "%"

    @property
    def native_value(self) -> int:
        """The last one."""
        return self.coordinator.data["humidity"]
