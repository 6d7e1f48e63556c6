"""A config entry from start to removal: sign-in, polling, sidebar page, and what is left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from conftest import SetUp, user_of_token
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components import frontend
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.breakroom.account import USER_NAME
from custom_components.breakroom.const import DOMAIN, POLL_INTERVAL
from fake_breakroom import FakeBreakroom, Refusal, User, target

pytestmark = pytest.mark.usefixtures("with_frontend")

SENSOR = "binary_sensor.breakroom_porch_debugger_active"


async def our_users(hass: HomeAssistant) -> list[Any]:
    return [
        user for user in await hass.auth.async_get_users() if user.name == USER_NAME
    ]


def panels(hass: HomeAssistant) -> dict[str, str]:
    """Paths and URLs of the pages in frames."""
    return {
        path: panel.config["url"]
        for path, panel in hass.data[frontend.DATA_PANELS].items()
        if panel.component_name == "iframe"
    }


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta
) -> None:
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await pass_time(hass, freezer, POLL_INTERVAL + timedelta(seconds=1))


async def test_signs_in_as_a_system_user(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    entry = await set_up()
    assert entry.state is ConfigEntryState.LOADED
    [user] = await our_users(hass)
    assert user.system_generated
    assert user.is_admin
    assert [group.id for group in user.groups] == [GROUP_ID_ADMIN]
    [signed_in] = breakroom.tickets.values()
    assert signed_in == {"id": user.id, "name": "Breakroom", "is_admin": True}


async def test_sensor(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = await set_up(browser_url="https://debug.example.com")
    state = hass.states.get(SENSOR)
    assert state.state == STATE_ON
    assert state.name == "Breakroom porch Debugger active"
    assert state.attributes["device_class"] == "running"
    assert state.attributes["debugger"] == "active"
    assert state.attributes["live_session"] is None
    assert state.attributes["live_session_url"] is None
    assert er.async_get(hass).async_get(SENSOR).unique_id == (
        f"{entry.entry_id}_debugger_active"
    )
    device = dr.async_get(hass).async_get_device({(DOMAIN, entry.entry_id)})
    assert device.configuration_url == "https://debug.example.com"
    assert device.sw_version == "0.1.0"

    breakroom.targets["porch"].update(debugger="attached", live_session="s1")
    await poll(hass, freezer)
    state = hass.states.get(SENSOR)
    assert state.state == STATE_ON
    assert state.attributes["live_session"] == "s1"
    assert state.attributes["live_session_url"] == "https://debug.example.com/s/s1"

    breakroom.targets["porch"].update(
        debugger="inactive", live_session=None, how_to_start="Press the button."
    )
    await poll(hass, freezer)
    state = hass.states.get(SENSOR)
    assert state.state == STATE_OFF
    assert state.attributes["how_to_start"] == "Press the button."

    breakroom.targets["porch"].update(debugger="unknown")
    await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_UNKNOWN


@pytest.mark.parametrize(
    "trouble", [(500, '{"error": {"code": "internal", "message": "x"}}'), (200, "{}")]
)
async def test_sensor_is_unavailable_while_the_server_is(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    trouble: tuple[int, str],
) -> None:
    await set_up()
    breakroom.garble["/api/targets/porch"] = trouble
    await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_UNAVAILABLE
    breakroom.garble.clear()
    await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_ON


async def test_target_with_any_name(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    name = "10.0.0.7:5678/ä b?#%2F"
    breakroom.targets[name] = target(name)
    assert (await set_up(name)).state is ConfigEntryState.LOADED


async def test_signs_in_again_when_the_ticket_is_gone(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up()
    breakroom.tickets.clear()
    await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_ON
    assert len(breakroom.offered_tokens) == 2


async def test_signs_in_again_only_once(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up()
    breakroom.garble["/api/targets/porch"] = (
        401,
        '{"error": {"code": "ticket_revoked", "message": "Revoked."}}',
    )
    await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_UNAVAILABLE
    assert len(breakroom.offered_tokens) == 2


async def test_renews_before_the_token_ends(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Access tokens live 30 minutes; the server may look at ours for as long as we hold a ticket."""
    await set_up()
    await pass_time(hass, freezer, timedelta(minutes=24))
    assert len(breakroom.offered_tokens) == 1
    await pass_time(hass, freezer, timedelta(minutes=2))
    assert len(breakroom.offered_tokens) == 2
    assert len(breakroom.tickets) == 1, "the old ticket was handed back"
    [user] = await our_users(hass)
    assert len(user.refresh_tokens) == 1


async def test_odd_clocks_do_not_make_it_sign_in_all_the_time(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    breakroom.ticket_lifetime = -3600
    await set_up()
    await poll(hass, freezer)
    await poll(hass, freezer)
    assert len(breakroom.offered_tokens) == 1


async def test_a_refused_token_is_not_tried_again_soon(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant counts each refused token as a failed login, and bans."""
    await set_up()
    verify = breakroom.verify

    async def refuse(token: str) -> User | None:
        return None

    breakroom.verify = refuse
    breakroom.tickets.clear()
    for _ in range(5):
        await poll(hass, freezer)
    assert hass.states.get(SENSOR).state == STATE_UNAVAILABLE
    assert len(breakroom.offered_tokens) == 2

    breakroom.verify = verify
    await pass_time(hass, freezer, timedelta(minutes=6))
    assert hass.states.get(SENSOR).state == STATE_ON


async def test_setup_waits_for_the_server(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    breakroom.refuse["/api/auth/token"] = Refusal(
        502, "home_assistant_unreachable", "Home Assistant can't be reached."
    )
    entry = await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "Home Assistant can't be reached."
    await pass_time(hass, freezer, timedelta(minutes=1))
    assert entry.state is ConfigEntryState.LOADED


async def test_setup_gives_up_when_refused(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    breakroom.refuse["/api/auth/token"] = Refusal(
        401, "token_refused", "Home Assistant refused the token."
    )
    entry = await set_up()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == "Home Assistant refused the token."
    await pass_time(hass, freezer, timedelta(minutes=10))
    assert breakroom.requests.count(("POST", "/api/auth/token")) == 1


async def test_a_deactivated_user_is_said_so(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    entry = await set_up()
    [user] = await our_users(hass)
    await hass.auth.async_deactivate_user(user)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "deactivated" in entry.reason


async def test_setup_with_a_target_that_is_gone(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    entry = await set_up("garage")
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "There is no target garage."
    assert breakroom.tickets == {}
    assert panels(hass) == {}


async def test_a_user_that_somebody_removed_is_made_again(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    entry = await set_up()
    [user] = await our_users(hass)
    await hass.auth.async_remove_user(user)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert [again.id for again in await our_users(hass)] != [user.id]


async def test_unloading_takes_everything_back(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp, url: str
) -> None:
    entry = await set_up()
    assert panels(hass) == {"breakroom": url}
    [token] = breakroom.offered_tokens
    assert user_of_token(hass, token) is not None

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert panels(hass) == {}
    assert breakroom.tickets == {}
    assert user_of_token(hass, token) is None
    assert len(await our_users(hass)) == 1, "kept for the next time"

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert panels(hass) == {"breakroom": url}
    assert len(await our_users(hass)) == 1


async def test_removing_the_last_entry_removes_the_user(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    breakroom: FakeBreakroom,
    set_up: SetUp,
) -> None:
    breakroom.targets["lights"] = target("lights")
    entries: list[ConfigEntry] = [await set_up(), await set_up("lights")]
    [user] = await our_users(hass)
    assert len(user.refresh_tokens) == 2
    assert hass_storage[DOMAIN]["data"] == {"user_id": user.id}

    await hass.config_entries.async_remove(entries[0].entry_id)
    assert len(await our_users(hass)) == 1
    assert len(user.refresh_tokens) == 1
    await hass.config_entries.async_remove(entries[1].entry_id)
    assert await our_users(hass) == []
    assert DOMAIN not in hass_storage


async def test_signs_out_when_home_assistant_stops(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    await set_up()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert breakroom.tickets == {}


async def test_targets_of_one_server_share_a_page(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp, url: str
) -> None:
    breakroom.targets["lights"] = target("lights")
    breakroom.targets["garage"] = target("garage")
    porch = await set_up()
    lights = await set_up("lights")
    await set_up("garage", browser_url="https://debug.example.com")
    assert panels(hass) == {
        "breakroom": url,
        "breakroom-2": "https://debug.example.com",
    }
    panel = hass.data[frontend.DATA_PANELS]["breakroom"]
    assert panel.sidebar_title == "Breakroom"
    assert not panel.require_admin, "family members help too"

    await hass.config_entries.async_unload(porch.entry_id)
    assert "breakroom" in panels(hass)
    await hass.config_entries.async_unload(lights.entry_id)
    assert panels(hass) == {"breakroom-2": "https://debug.example.com"}


async def test_a_page_of_somebody_else_stays(
    hass: HomeAssistant, set_up: SetUp, url: str
) -> None:
    frontend.async_register_built_in_panel(
        hass, "iframe", frontend_url_path="breakroom", config={"url": "/theirs"}
    )
    entry = await set_up()
    assert panels(hass) == {"breakroom": "/theirs", "breakroom-2": url}
    await hass.config_entries.async_unload(entry.entry_id)
    assert panels(hass) == {"breakroom": "/theirs"}
