"""A real Home Assistant on loopback: started, onboarded, spoken to, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
import shutil
import sys
from typing import Any, Self

import aiohttp

START_TIMEOUT = 90
STOP_TIMEOUT = 30
ANSWER_TIMEOUT = 60
POLL = 0.05

INTEGRATION = Path(__file__).parent.parent.parent / "custom_components" / "breakroom"
CONFIGURATION = """
homeassistant:
  name: Test
  latitude: 0
  longitude: 0
  elevation: 0
  unit_system: metric
  time_zone: UTC
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
config:
frontend:
debugpy:
  start: false
  host: 127.0.0.1
  port: {debugger_port}
logger:
  default: warning
"""


async def until(
    what: str, holds: Callable[[], Any], timeout: float = ANSWER_TIMEOUT
) -> Any:
    """Wait for a state; `holds` may be a coroutine function and returns something true when it is reached."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                result = holds()
                if asyncio.iscoroutine(result):
                    result = await result
                if result:
                    return result
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise AssertionError(f"not within {timeout} s: {what}") from None


class CommandFailed(Exception):
    """A WebSocket command was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.message: str = error["message"]


class Socket:
    """A signed-in WebSocket; one command at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)

    async def __call__(self, type_: str, **fields: Any) -> Any:
        """Send a command and return its result."""
        id_ = next(self._ids)
        await self._socket.send_json({"id": id_, "type": type_, **fields})
        answer = await self._socket.receive_json(timeout=ANSWER_TIMEOUT)
        assert answer["id"] == id_, answer
        if not answer["success"]:
            raise CommandFailed(answer["error"])
        return answer["result"]


@asynccontextmanager
async def signed_in(
    http: aiohttp.ClientSession, url: str, token: str
) -> AsyncIterator[Socket | None]:
    """Open a WebSocket with a token. None: the token was refused."""
    async with http.ws_connect(f"{url}/api/websocket") as socket:
        await socket.receive_json(timeout=ANSWER_TIMEOUT)
        await socket.send_json({"type": "auth", "access_token": token})
        answer = await socket.receive_json(timeout=ANSWER_TIMEOUT)
        if answer["type"] != "auth_ok":
            # Home Assistant closes by itself; hanging up first cancels it before it counts the failed login.
            await socket.receive(timeout=ANSWER_TIMEOUT)
            yield None
            return
        yield Socket(socket)


@dataclass
class Person:
    """Somebody with a token."""

    http: aiohttp.ClientSession
    url: str
    token: str

    async def command(self, type_: str, **fields: Any) -> Any:
        """Send one WebSocket command."""
        async with signed_in(self.http, self.url, self.token) as socket:
            assert socket is not None, "the token was refused"
            return await socket(type_, **fields)

    async def rest(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Send one REST request and return status and JSON."""
        async with self.http.request(
            method,
            self.url + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
        ) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else None


class HomeAssistant:
    """A Home Assistant process with its configuration folder."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        folder: Path,
        port: int,
        debugger_port: int,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = http
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        shutil.copytree(INTEGRATION, folder / "custom_components" / "breakroom")
        (folder / "configuration.yaml").write_text(
            CONFIGURATION.format(port=port, debugger_port=debugger_port), "utf-8"
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until HTTP answers."""
        with (self._folder / "output.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                Path(sys.executable).parent / "hass",
                "--config",
                self._folder,
                "--skip-pip",
                stdout=output,
                stderr=output,
            )
        await until("Home Assistant answers", self._answers, START_TIMEOUT)

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log()
        try:
            async with self._http.get(f"{self.url}/manifest.json") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def stop(self) -> None:
        """Stop it as systemd would."""
        if (process := self._process) is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def log(self) -> str:
        """Everything it has said."""
        return (self._folder / "output.log").read_text("utf-8", "replace")

    async def running(self, person: Person) -> None:
        """Wait until everything has started, which is later than that HTTP answers."""

        async def is_running() -> bool:
            return (await person.command("get_config"))["state"] == "RUNNING"

        await until("Home Assistant is running", is_running, START_TIMEOUT)

    async def onboard(self) -> Person:
        """Go through the onboarding and return the owner."""
        async with self._http.post(
            f"{self.url}/api/onboarding/users",
            json={
                "client_id": f"{self.url}/",
                "name": "Ada",
                "username": "ada",
                "password": "ada-password",
                "language": "en",
            },
        ) as response:
            assert response.status == 200, await response.text()
            code = (await response.json())["auth_code"]
        owner = await self._person(code)
        for step, body in (
            # Answers 500 without internet access, and is done all the same.
            ("core_config", None),
            ("analytics", None),
            (
                "integration",
                {"client_id": f"{self.url}/", "redirect_uri": f"{self.url}/"},
            ),
        ):
            await owner.rest("POST", f"/api/onboarding/{step}", body)
        return owner

    async def add_user(self, owner: Person, name: str) -> Person:
        """Add somebody who is no administrator."""
        user = await owner.command(
            "config/auth/create", name=name, group_ids=["system-users"]
        )
        password = f"{name}-password"
        await owner.command(
            "config/auth_provider/homeassistant/create",
            user_id=user["user"]["id"],
            username=name.lower(),
            password=password,
        )
        client = {"client_id": f"{self.url}/"}
        async with self._http.post(
            f"{self.url}/auth/login_flow",
            json={
                **client,
                "handler": ["homeassistant", None],
                "redirect_uri": f"{self.url}/",
            },
        ) as response:
            flow = (await response.json())["flow_id"]
        async with self._http.post(
            f"{self.url}/auth/login_flow/{flow}",
            json={**client, "username": name.lower(), "password": password},
        ) as response:
            return await self._person((await response.json())["result"])

    async def _person(self, code: str) -> Person:
        """Exchange a code for a long-lived token, which outlives restarts."""
        async with self._http.post(
            f"{self.url}/auth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": f"{self.url}/",
            },
        ) as response:
            assert response.status == 200, await response.text()
            token = (await response.json())["access_token"]
        person = Person(self._http, self.url, token)
        person.token = await person.command(
            "auth/long_lived_access_token", client_name="test", lifespan=1
        )
        return person


def listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine; asking by connecting would break debugpy."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                return True
    return False
