"""An attic that is looked after: its humidity is polled, and its fans air it when somebody says so."""

from datetime import timedelta
import logging

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.typing import ConfigType
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

DOMAIN = "attic"
FANS = 1200


class Attic(DataUpdateCoordinator[dict[str, int]]):
    """What is measured there, once a second."""

    def __init__(self, hass: HomeAssistant) -> None:
        super().__init__(hass, logging.getLogger(__name__), name=DOMAIN, update_interval=timedelta(seconds=1))
        self.polls = 0

    async def _async_update_data(self) -> dict[str, int]:
        self.polls += 1
        measured = {"polls": self.polls, "humidity": 40 + self.polls % 20}
        return measured  # polled


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the attic."""
    attic = hass.data[DOMAIN] = Attic(hass)
    await attic.async_refresh()

    async def air(call: ServiceCall) -> None:
        minutes = call.data["minutes"]
        fans = [{"fan": number, "minutes": minutes} for number in range(FANS)]
        running = {"minutes": minutes, "fans": len(fans), "humidity": attic.data["humidity"]}  # aired
        hass.states.async_set("attic.fans", "on", running, context=call.context)

    hass.services.async_register(DOMAIN, "air", air)
    hass.async_create_task(async_load_platform(hass, "sensor", DOMAIN, {}, config))
    return True
