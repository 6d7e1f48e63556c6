"""The dialogs."""

from __future__ import annotations

from typing import Any

from aiohttp.test_utils import unused_port
from conftest import SetUp
import pytest

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResult, FlowResultType

from custom_components.breakroom.account import USER_NAME
from custom_components.breakroom.const import DOMAIN
from fake_breakroom import FakeBreakroom, Refusal, Unreachable, User, target

pytestmark = pytest.mark.usefixtures("with_frontend")


async def start(hass: HomeAssistant, **user_input: str) -> FlowResult:
    """Answer the first step."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return await hass.config_entries.flow.async_configure(result["flow_id"], user_input)


async def finish(
    hass: HomeAssistant, shown: FlowResult, **user_input: Any
) -> FlowResult:
    """Answer the second step."""
    assert shown["step_id"] == "target", shown
    result = await hass.config_entries.flow.async_configure(
        shown["flow_id"], {"this_home_assistant": False, **user_input}
    )
    await hass.async_block_till_done()
    return result


async def our_users(hass: HomeAssistant) -> list[Any]:
    """Users that the integration made."""
    return [
        user for user in await hass.auth.async_get_users() if user.name == USER_NAME
    ]


async def test_sets_up_a_target(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.targets["lights 2"] = target("lights 2")
    shown = await start(
        hass, url=f"{url}/join?x=1#host=abc", browser_url="https://debug.example.com/"
    )
    assert breakroom.tickets == {}, "signed out before the next step"

    result = await finish(hass, shown, target="lights 2", this_home_assistant=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Breakroom lights 2"
    assert result["data"] == {
        "url": url,
        "browser_url": "https://debug.example.com",
        "target": "lights 2",
        "this_home_assistant": True,
    }
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == f"{url}#lights 2"
    assert len(await our_users(hass)) == 1


async def test_same_target_only_once(
    hass: HomeAssistant, set_up: SetUp, url: str
) -> None:
    await set_up()
    result = await finish(hass, await start(hass, url=url), target="porch")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_abandoned_dialog_leaves_no_user(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    shown = await start(hass, url=url)
    assert len(breakroom.offered_tokens) == 1
    hass.config_entries.flow.async_abort(shown["flow_id"])
    await hass.async_block_till_done()
    assert await our_users(hass) == []


async def expect_error(
    hass: HomeAssistant, user_input: dict[str, str], key: str, error: str
) -> FlowResult:
    """Expect the first step again."""
    result = await start(hass, **user_input)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert result["errors"] == {key: error}
    assert await our_users(hass) == []
    return result


async def test_recovers_from_an_error(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.home_assistant = None
    result = await expect_error(hass, {"url": url}, "base", "cannot_sign_in")
    assert "home_assistant.url" in result["description_placeholders"]["reason"]
    assert breakroom.offered_tokens == [], "no token for who can't check it"

    breakroom.home_assistant = {"url": "http://homeassistant.test", "reachable": None}
    shown = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"url": url}
    )
    result = await finish(hass, shown, target="porch")
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_nobody_there(hass: HomeAssistant) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    result = await expect_error(hass, {"url": nowhere}, "base", "cannot_connect")
    assert nowhere in result["description_placeholders"]["reason"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("url", "breakroom.local:8090"),
        ("url", "ftp://breakroom.local"),
        ("url", "http://"),
        ("url", "http://[::1"),
        ("browser_url", "//debug.example.com"),
    ],
)
async def test_no_url(hass: HomeAssistant, url: str, key: str, text: str) -> None:
    await expect_error(hass, {"url": url, key: text}, key, "invalid_url")


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<html>It works!</html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"name": "somebody else", "version": "1", "home_assistant": {}}'),
        (200, '"' + "x" * 2_000_000 + '"'),
        (302, ""),
        (404, "404: Not Found"),
        (404, '{"error": {"code": "not_found", "message": "No such thing."}}'),
        (500, '{"error": "text"}'),
        (204, ""),
    ],
    ids=lambda answer: f"{answer[0]} {answer[1][:20]}",
)
async def test_not_breakroom(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str, answer: tuple[int, str]
) -> None:
    breakroom.garble["/api/server"] = answer
    await expect_error(hass, {"url": url}, "base", "not_breakroom")
    assert breakroom.offered_tokens == []


async def test_answers_to_sign_in_that_breakroom_would_not_give(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.garble["/api/auth/token"] = (200, "{}")
    await expect_error(hass, {"url": url}, "base", "not_breakroom")


async def test_targets_that_breakroom_would_not_list(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.targets = {"porch": {"name": "porch"}}
    await expect_error(hass, {"url": url}, "base", "not_breakroom")
    assert breakroom.tickets == {}


async def test_breakroom_asks_another_home_assistant(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    async def verify(token: str) -> User | None:
        return None

    breakroom.verify = verify
    result = await expect_error(hass, {"url": url}, "base", "cannot_sign_in")
    assert result["description_placeholders"]["reason"] == (
        "Home Assistant refused the token."
    )


async def test_breakroom_does_not_reach_home_assistant(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    async def verify(token: str) -> User | None:
        raise Unreachable

    breakroom.verify = verify
    result = await expect_error(hass, {"url": url}, "base", "cannot_sign_in")
    assert "can't be reached" in result["description_placeholders"]["reason"]


async def test_too_many_attempts(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.refuse["/api/auth/token"] = Refusal(
        429, "too_many_attempts", "Too many attempts; try again in 5 minutes."
    )
    await expect_error(hass, {"url": url}, "base", "cannot_sign_in")


async def test_no_targets(
    hass: HomeAssistant, breakroom: FakeBreakroom, url: str
) -> None:
    breakroom.targets = {}
    await expect_error(hass, {"url": url}, "base", "no_targets")


async def test_changes_settings(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp, url: str
) -> None:
    breakroom.targets["lights"] = target("lights")
    entry = await set_up(browser_url="https://old.example.com")
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown["step_id"] == "init"

    nowhere = f"http://127.0.0.1:{unused_port()}"
    shown = await hass.config_entries.options.async_configure(
        shown["flow_id"], {"url": nowhere}
    )
    assert shown["errors"] == {"base": "cannot_connect"}

    shown = await hass.config_entries.options.async_configure(
        shown["flow_id"], {"url": url}
    )
    assert shown["step_id"] == "target"
    result = await hass.config_entries.options.async_configure(
        shown["flow_id"], {"target": "lights", "this_home_assistant": True}
    )
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dict(entry.data) == {
        "url": url,
        "target": "lights",
        "this_home_assistant": True,
    }
    assert entry.unique_id == f"{url}#lights"
    assert entry.title == "Breakroom lights"
    assert entry.state is ConfigEntryState.LOADED
    assert hass.data["frontend_panels"]["breakroom"].config == {"url": url}
    assert len(breakroom.tickets) == 1


async def test_cannot_change_to_what_is_there_already(
    hass: HomeAssistant, breakroom: FakeBreakroom, set_up: SetUp, url: str
) -> None:
    breakroom.targets["lights"] = target("lights")
    entry = await set_up()
    await set_up("lights")
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    shown = await hass.config_entries.options.async_configure(
        shown["flow_id"], {"url": url}
    )
    result = await hass.config_entries.options.async_configure(
        shown["flow_id"], {"target": "lights", "this_home_assistant": False}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data["target"] == "porch"
