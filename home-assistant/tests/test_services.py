"""The actions: who may, what they do, and what they say when they can't."""

from __future__ import annotations

from typing import Any

from conftest import SetUp
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)

from custom_components.breakroom.const import DOMAIN
from fake_breakroom import INACTIVE_SENTENCE, FakeBreakroom, Refusal, target

pytestmark = pytest.mark.usefixtures("with_frontend")

SENSOR = "binary_sensor.breakroom_porch_debugger_active"


async def start(
    hass: HomeAssistant, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    return await hass.services.async_call(
        DOMAIN,
        "start_session",
        data,
        blocking=True,
        context=context,
        return_response=True,
    )


async def end(hass: HomeAssistant, context: Context | None = None, **data: Any) -> None:
    await hass.services.async_call(
        DOMAIN, "end_session", data, blocking=True, context=context
    )


async def test_administrator_starts_and_ends(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    url: str,
    hass_admin_user: MockUser,
) -> None:
    hass_admin_user.name = "Ada\u202e " + "L" * 50
    await set_up()
    context = Context(user_id=hass_admin_user.id)
    started = await start(hass, context)
    [(session, row)] = breakroom.sessions.items()
    assert started == {"session": session, "url": f"{url}/s/{session}"}
    assert row["target"]["name"] == "porch"
    assert row["started_by"] == "Ada " + "L" * 36
    assert hass.states.get(SENSOR).attributes["live_session"] == session

    await end(hass, context, restart=True)
    assert breakroom.ended == [(session, {"restart": True})]
    assert hass.states.get(SENSOR).attributes["live_session"] is None


async def test_automation_starts_and_ends(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    await set_up(browser_url="https://debug.example.com")
    started = await start(hass)
    [(session, row)] = breakroom.sessions.items()
    assert started["url"] == f"https://debug.example.com/s/{session}"
    assert row["started_by"] == "Home Assistant"
    await end(hass)
    assert breakroom.ended == [(session, {"restart": False})]


async def test_works_without_a_response(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    await set_up()
    await hass.services.async_call(DOMAIN, "start_session", blocking=True)
    assert len(breakroom.sessions) == 1


async def test_ordinary_users_may_not(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    hass_read_only_user: MockUser,
) -> None:
    await set_up()
    context = Context(user_id=hass_read_only_user.id)
    asked = len(breakroom.requests)
    with pytest.raises(Unauthorized):
        await start(hass, context)
    with pytest.raises(Unauthorized):
        await end(hass, context)
    with pytest.raises(UnknownUser):
        await start(hass, Context(user_id="somebody who was removed"))
    assert len(breakroom.requests) == asked


async def test_inactive_debugger_is_said_in_the_servers_words(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    breakroom.targets["porch"]["debugger"] = "inactive"
    await set_up()
    with pytest.raises(HomeAssistantError) as refused:
        await start(hass)
    assert str(refused.value) == INACTIVE_SENTENCE
    assert breakroom.sessions == {}


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(409, "session_already_live", "porch has a live session already."),
        Refusal(409, "debugger_busy", "Another client is attached to porch."),
    ],
    ids=lambda refusal: refusal.code,
)
async def test_other_refusals(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp, refusal: Refusal
) -> None:
    await set_up(this_home_assistant=True)
    breakroom.refuse["/api/sessions"] = refusal
    with pytest.raises(HomeAssistantError) as refused:
        await start(hass)
    assert str(refused.value) == str(refusal)


class Debugpy:
    """Stands in for the integration `debugpy:` with `start: false`; the real one is in tests/real."""

    def __init__(self, hass: HomeAssistant, breakroom: FakeBreakroom) -> None:
        self.breakroom = breakroom
        self.calls: list[ServiceCall] = []
        self.started = False
        hass.services.async_register("debugpy", "start", self.start, vol.Schema({}))

    async def start(self, call: ServiceCall) -> None:
        self.calls.append(call)
        if self.started:
            raise RuntimeError("debugpy.listen() has already been called")
        self.started = True
        self.breakroom.targets["porch"]["debugger"] = "active"


async def test_starts_the_debugger_of_this_home_assistant(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    hass_admin_user: MockUser,
) -> None:
    debugpy = Debugpy(hass, breakroom)
    breakroom.targets["porch"]["debugger"] = "inactive"
    await set_up(this_home_assistant=True)
    await start(hass, Context(user_id=hass_admin_user.id))
    assert len(breakroom.sessions) == 1
    [call] = debugpy.calls
    assert call.context.user_id == hass_admin_user.id

    await end(hass)
    await start(hass)
    assert len(debugpy.calls) == 1, "not when the debugger is active"


async def test_a_debugger_that_was_started_before_is_not_the_answer(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    debugpy = Debugpy(hass, breakroom)
    debugpy.started = True
    breakroom.targets["porch"]["debugger"] = "inactive"
    await set_up(this_home_assistant=True)
    with pytest.raises(HomeAssistantError) as refused:
        await start(hass)
    assert str(refused.value) == INACTIVE_SENTENCE


@pytest.mark.parametrize("this_home_assistant", [True, False])
async def test_leaves_other_debuggers_alone(
    hass: HomeAssistant,
    breakroom: FakeBreakroom,
    set_up: SetUp,
    this_home_assistant: bool,
) -> None:
    """With another program as target, or without the integration `debugpy`."""
    debugpy = Debugpy(hass, breakroom)
    if this_home_assistant:
        hass.services.async_remove("debugpy", "start")
    breakroom.targets["porch"]["debugger"] = "inactive"
    await set_up(this_home_assistant=this_home_assistant)
    with pytest.raises(HomeAssistantError, match="isn't active"):
        await start(hass)
    assert debugpy.calls == []


async def test_nothing_to_end(hass: HomeAssistant, set_up: SetUp) -> None:
    await set_up()
    with pytest.raises(ServiceValidationError, match="porch has no live session"):
        await end(hass)


async def test_server_gone(hass: HomeAssistant, set_up: SetUp, server: Any) -> None:
    await set_up()
    await server.close()
    with pytest.raises(HomeAssistantError, match="can't be reached"):
        await start(hass)
    with pytest.raises(HomeAssistantError, match="can't be reached"):
        await end(hass)


async def test_says_which_target(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp
) -> None:
    breakroom.targets["lights"] = target("lights")
    porch = await set_up()
    lights = await set_up("lights")
    with pytest.raises(ServiceValidationError, match="config_entry_id"):
        await start(hass)
    await start(hass, config_entry_id=lights.entry_id)
    [row] = breakroom.sessions.values()
    assert row["target"]["name"] == "lights"

    await hass.config_entries.async_unload(porch.entry_id)
    with pytest.raises(ServiceValidationError, match="set up and connected"):
        await start(hass, config_entry_id=porch.entry_id)
    await hass.config_entries.async_unload(lights.entry_id)
    with pytest.raises(ServiceValidationError, match="set up and connected"):
        await start(hass)
