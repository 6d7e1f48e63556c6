"""The integration in a real Home Assistant, from the first dialog to its removal.

Run it with the Python of a virtual environment that has requirements-2024.3.3.txt; it needs nothing else. Breakroom is a
fake that really asks Home Assistant about the tokens it gets, unless BREAKROOM_URL names a real server: that one needs
`home_assistant.url = "http://127.0.0.1:HOME_ASSISTANT_PORT"` and a target whose debugger is active, named by
BREAKROOM_TARGET.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
import logging
import os
from pathlib import Path
import sys
import tempfile
import time
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

sys.path.insert(0, str(Path(__file__).parent.parent))

from harness import CommandFailed, HomeAssistant, Person, listens, signed_in, until

from fake_breakroom import INACTIVE_SENTENCE, FakeBreakroom, Unreachable, User

LOG = logging.getLogger("real")
FLOW = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"
# What Home Assistant logs about a refused token.
FAILED_LOGIN = "Requested URL: '/api/websocket'"
ENTRY = "/api/config/config_entries/entry"


class Breakroom(FakeBreakroom):
    """The fake, with this Home Assistant's debugger as it really is."""

    debugger_port = 0

    async def _start(self, request: web.Request) -> web.Response:
        if listens(self.debugger_port):
            self.targets["porch"]["debugger"] = "active"
        return await super()._start(request)


class Scenario:
    """The steps, in order; each takes over what the ones before have left."""

    def __init__(
        self,
        home_assistant: HomeAssistant,
        url: str,
        target: str,
        breakroom: Breakroom | None,
    ) -> None:
        self.home_assistant = home_assistant
        self.url = url
        self.target = target
        self.breakroom = breakroom
        self.owner: Person
        self.family: Person
        self.entry_id = ""
        self.session = ""

    async def people(self) -> None:
        """Home Assistant is onboarded and has an owner and an ordinary user."""
        self.owner = await self.home_assistant.onboard()
        self.family = await self.home_assistant.add_user(self.owner, "Bob")
        await self.home_assistant.running(self.owner)

    async def set_up(self) -> None:
        """The dialogs refuse ordinary users and wrong URLs, and set the target up."""
        start = {"handler": "breakroom", "show_advanced_options": False}
        status, _ = await self.family.rest("POST", FLOW, start)
        assert status == 401, status
        shown = await self.answer(FLOW, start)
        assert shown["step_id"] == "user", shown
        flow = f"{FLOW}/{shown['flow_id']}"
        shown = await self.answer(flow, {"url": f"http://127.0.0.1:{unused_port()}"})
        assert shown["errors"] == {"base": "cannot_connect"}, shown
        shown = await self.answer(flow, {"url": self.home_assistant.url})
        assert shown["errors"] == {"base": "not_breakroom"}, shown
        shown = await self.answer(flow, {"url": self.url})
        assert shown.get("step_id") == "target", shown
        done = await self.answer(
            flow, {"target": self.target, "this_home_assistant": False}
        )
        assert done["type"] == "create_entry", done
        self.entry_id = done["result"]["entry_id"]

    async def sign_in(self) -> None:
        """One system user exists, and to Home Assistant's own WebSocket API it is an administrator."""
        [user] = await self.our_users()
        assert user["system_generated"], user
        assert user["group_ids"] == ["system-admin"], user
        if self.breakroom:
            [signed_in_as] = self.breakroom.tickets.values()
            assert signed_in_as["id"] == user["id"], signed_in_as
            assert signed_in_as["name"] == "Breakroom", signed_in_as
            assert signed_in_as["is_admin"] is True, signed_in_as

    async def sidebar(self) -> None:
        """Everybody has the page in the sidebar."""
        for person in (self.owner, self.family):
            panel = (await person.command("get_panels"))["breakroom"]
            assert panel["component_name"] == "iframe", panel
            assert panel["title"] == "Breakroom", panel
            assert panel["config"] == {"url": self.url}, panel
            assert panel["require_admin"] is False, panel

    async def sensor(self) -> None:
        """The sensor says that the debugger is active."""
        await self.sensor_shows("on")

    async def start_session(self) -> None:
        """The owner starts a session, and the answer says where it is."""
        started = await self.call(self.owner, "start_session")
        self.session = started["response"]["session"]
        assert started["response"]["url"] == f"{self.url}/s/{self.session}", started
        state = await self.sensor_shows("on")
        assert state["attributes"]["live_session"] == self.session, state
        if self.breakroom:
            assert self.breakroom.sessions[self.session]["started_by"] == "Ada"

    async def ordinary_user(self) -> None:
        """An ordinary user can neither start nor end one, over WebSocket and REST alike."""
        for action in ("start_session", "end_session"):
            refusal = await self.refusal(self.family, action)
            # Older versions have no code of its own for it.
            assert "unauthorized" in (refusal.code, refusal.message.lower()), refusal
            status, _ = await self.family.rest(
                "POST", f"/api/services/breakroom/{action}", {}
            )
            assert status == 401, status

    async def end_session(self) -> None:
        """The owner ends it."""
        await self.call(self.owner, "end_session", response=False)

        async def ended() -> bool:
            state = await self.state()
            return bool(state) and state["attributes"].get("live_session") is None

        await until("the session has ended", ended)

    async def inactive(self) -> None:
        """With an inactive debugger the owner reads the server's own sentence."""
        if self.breakroom is None:
            return
        self.breakroom.targets["porch"]["debugger"] = "inactive"
        await self.sensor_shows("off")
        refusal = await self.refusal(self.owner, "start_session")
        assert refusal.message == INACTIVE_SENTENCE, refusal
        assert not listens(self.breakroom.debugger_port)

    async def this_home_assistant(self) -> None:
        """Where the target is this Home Assistant, starting a session starts its real debugger."""
        if self.breakroom is None:
            return
        shown = await self.answer(OPTIONS, {"handler": self.entry_id})
        flow = f"{OPTIONS}/{shown['flow_id']}"
        await self.answer(flow, {"url": self.url})
        done = await self.answer(
            flow, {"target": self.target, "this_home_assistant": True}
        )
        assert done["type"] == "create_entry", done
        await self.sensor_shows("off")
        await self.call(self.owner, "start_session")
        assert listens(self.breakroom.debugger_port)
        await self.call(self.owner, "end_session", response=False)
        await self.sensor_shows("on")

    async def restart(self) -> None:
        """After a restart Home Assistant signs in again by itself, as the same user."""
        [before] = await self.our_users()
        await self.home_assistant.stop()
        if self.breakroom:
            assert self.breakroom.tickets == {}, "signed out when it stopped"
        started = time.monotonic()
        await self.home_assistant.start()
        await self.sensor_shows("on")
        LOG.info("  sensor on %.1f s after the start", time.monotonic() - started)
        [after] = await self.our_users()
        assert before["id"] == after["id"]

    async def quiet(self) -> None:
        """Nothing of all that was a failed login to Home Assistant, which bans addresses for those."""
        log = self.home_assistant.log()
        assert FAILED_LOGIN not in log, log
        assert "ERROR (MainThread) [custom_components.breakroom" not in log, log

    async def remove(self) -> None:
        """Removing the entry leaves no user, no page and no token behind."""
        status, _ = await self.owner.rest("DELETE", f"{ENTRY}/{self.entry_id}")
        assert status == 200, status
        assert await self.our_users() == []
        assert "breakroom" not in await self.owner.command("get_panels")
        if self.breakroom:
            assert self.breakroom.tickets == {}
            token = self.breakroom.offered_tokens[-1]
            async with signed_in(
                self.owner.http, self.home_assistant.url, token
            ) as socket:
                assert socket is None, "the last token still opens a connection"
            # As it is worded: what `quiet` looks for is what Home Assistant says.
            await until(
                "the failed login", lambda: FAILED_LOGIN in self.home_assistant.log()
            )

    async def answer(self, path: str, body: dict[str, Any]) -> Any:
        """Answer a step of a dialog."""
        status, shown = await self.owner.rest("POST", path, body)
        assert status == 200, (status, shown)
        return shown

    async def call(self, person: Person, action: str, *, response: bool = True) -> Any:
        """Call an action."""
        return await person.command(
            "call_service", domain="breakroom", service=action, return_response=response
        )

    async def refusal(self, person: Person, action: str) -> CommandFailed:
        """Call an action that has to be refused."""
        try:
            await self.call(person, action, response=False)
        except CommandFailed as err:
            return err
        raise AssertionError(f"{action} wasn't refused")

    async def our_users(self) -> list[Any]:
        """Users that the integration has made."""
        users = await self.owner.command("config/auth/list")
        return [user for user in users if user["name"] == "Breakroom"]

    async def state(self) -> Any:
        """The sensor's state; None while there is none."""
        for state in await self.owner.command("get_states"):
            if state["entity_id"].startswith("binary_sensor.breakroom_"):
                return state
        return None

    async def sensor_shows(self, value: str) -> Any:
        """Wait until it shows a value."""

        async def shows() -> Any:
            state = await self.state()
            return state if state and state["state"] == value else None

        return await until(f"the sensor shows {value}", shows)


STEPS = (
    Scenario.people,
    Scenario.set_up,
    Scenario.sign_in,
    Scenario.sidebar,
    Scenario.sensor,
    Scenario.start_session,
    Scenario.ordinary_user,
    Scenario.end_session,
    Scenario.inactive,
    Scenario.this_home_assistant,
    Scenario.restart,
    Scenario.quiet,
    Scenario.remove,
)


async def main() -> None:
    """Start what is needed and go through the steps."""
    began = time.monotonic()
    port = int(os.environ.get("HOME_ASSISTANT_PORT") or unused_port())
    debugger_port = unused_port()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home_assistant = await stack.enter_async_context(
            HomeAssistant(http, folder, port, debugger_port)
        )
        breakroom = None
        if (url := os.environ.get("BREAKROOM_URL", "").rstrip("/")) == "":

            async def verify(token: str) -> User | None:
                try:
                    async with signed_in(http, home_assistant.url, token) as socket:
                        return socket and await socket("auth/current_user")
                except aiohttp.ClientError as err:
                    raise Unreachable from err

            breakroom = Breakroom(verify)
            breakroom.debugger_port = debugger_port
            server = await stack.enter_async_context(TestServer(breakroom.app()))
            url = str(server.make_url("")).rstrip("/")
        target = os.environ.get("BREAKROOM_TARGET", "porch")
        scenario = Scenario(home_assistant, url, target, breakroom)
        for step in STEPS:
            start = time.monotonic()
            try:
                await step(scenario)
            except BaseException:
                LOG.exception("FAILED %s\n%s", step.__doc__, home_assistant.log())
                raise
            LOG.info("ok %5.1f s  %s", time.monotonic() - start, step.__doc__)
    LOG.info("all %d steps passed in %.1f s", len(STEPS), time.monotonic() - began)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    asyncio.run(main())
