"""A Breakroom server that follows the HTTP API as far as the integration uses it, and has no debugger.

Who stands behind a token is asked of `verify`, as the real server asks Home Assistant; tests break what they like by
the attributes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import json
import time
from typing import Any
import uuid

from aiohttp import web

User = dict[str, Any]
Verify = Callable[[str], Awaitable[User | None]]

INACTIVE_SENTENCE = "The debugger of porch isn't active. Start it with: python -m debugpy --listen 127.0.0.1:5678 porch.py"


class Unreachable(Exception):
    """Raised by `verify`: Home Assistant doesn't answer."""


class Refusal(Exception):
    """Answer with an error of the API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what to answer."""
        super().__init__(message)
        self.status = status
        self.code = code


def target(name: str, debugger: str = "active") -> dict[str, Any]:
    """One target as the API describes it."""
    return {
        "name": name,
        "address": "127.0.0.1:5678",
        "can_restart": True,
        "debugger": debugger,
        "how_to_start": "Start it with debugpy.",
        "live_session": None,
    }


@dataclass
class FakeBreakroom:
    """The server's state, and switches for what goes wrong."""

    verify: Verify
    targets: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"porch": target("porch")}
    )
    home_assistant: dict[str, Any] | None = field(
        default_factory=lambda: {"url": "http://homeassistant.test", "reachable": True}
    )
    name: str = "breakroom"
    ticket_lifetime: float = 12 * 3600
    # Refuse the next request to a path with this.
    refuse: dict[str, Refusal] = field(default_factory=dict)
    # Answer a path with this text instead.
    garble: dict[str, tuple[int, str]] = field(default_factory=dict)
    tickets: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    # What the server was told.
    offered_tokens: list[str] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    ended: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def app(self) -> web.Application:
        """The server, to be run by whoever tests."""
        app = web.Application(middlewares=[self._errors])
        app.router.add_get("/api/server", self._server)
        app.router.add_post("/api/auth/token", self._sign_in)
        app.router.add_post("/api/auth/sign-out", self._sign_out)
        app.router.add_get("/api/targets", self._targets)
        app.router.add_get("/api/targets/{name}", self._target)
        app.router.add_post("/api/sessions", self._start)
        app.router.add_post("/api/sessions/{id}/end", self._end)
        return app

    @web.middleware
    async def _errors(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Misbehave as asked, and turn refusals into answers."""
        self.requests.append((request.method, request.path))
        if request.path in self.garble:
            status, text = self.garble[request.path]
            return web.Response(status=status, text=text)
        try:
            if refusal := self.refuse.pop(request.path, None):
                raise refusal
            return await handler(request)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": str(refusal)}
            return web.json_response({"error": error}, status=refusal.status)

    async def _server(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "name": self.name,
                "version": "0.1.0",
                "protocol": 1,
                "home_assistant": self.home_assistant,
            }
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        token = (await request.json())["token"]
        self.offered_tokens.append(token)
        try:
            user = await self.verify(token)
        except Unreachable as err:
            raise Refusal(
                502,
                "home_assistant_unreachable",
                "Home Assistant can't be reached at homeassistant.test.",
            ) from err
        if user is None:
            raise Refusal(401, "token_refused", "Home Assistant refused the token.")
        ticket = uuid.uuid4().hex
        self.tickets[ticket] = user
        response = web.json_response(
            {
                "participant": {
                    "id": user["id"],
                    "name": user["name"],
                    "role": "host" if user["is_admin"] else "collaborator",
                },
                "session": None,
                "expires_at": int((time.time() + self.ticket_lifetime) * 1000),
            }
        )
        response.set_cookie("breakroom_ticket", ticket, httponly=True, samesite="Lax")
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        self._user(request)
        del self.tickets[self._ticket(request)]
        response = web.Response(status=204)
        response.del_cookie("breakroom_ticket")
        return response

    async def _targets(self, request: web.Request) -> web.Response:
        self._user(request)
        return web.json_response(list(self.targets.values()))

    async def _target(self, request: web.Request) -> web.Response:
        self._user(request)
        return web.json_response(self._known_target(request.match_info["name"]))

    async def _start(self, request: web.Request) -> web.Response:
        user = self._user(request)
        if not user["is_admin"]:
            raise Refusal(403, "not_allowed", "Only a host may start a session.")
        body = await request.json()
        what = self._known_target(body["target"])
        if what["debugger"] != "active":
            raise Refusal(409, "debugger_not_active", INACTIVE_SENTENCE)
        row = {
            "id": str(uuid.uuid4()),
            "target": {key: what[key] for key in ("name", "address", "can_restart")},
            "started_at": int(time.time() * 1000),
            "started_by": body.get("on_behalf_of") or user["name"],
            "ended_at": None,
            "end_reason": None,
            "stops": 0,
            "events": 1,
            "last_seq": 1,
        }
        self.sessions[row["id"]] = row
        what.update(debugger="attached", live_session=row["id"])
        return web.json_response(row, status=201)

    async def _end(self, request: web.Request) -> web.Response:
        self._user(request)
        session = request.match_info["id"]
        if session not in self.sessions:
            raise Refusal(404, "session_not_found", "There is no such session.")
        self.ended.append((session, json.loads(await request.text() or "{}")))
        what = self.targets[self.sessions[session]["target"]["name"]]
        what.update(debugger="active", live_session=None)
        return web.Response(status=202)

    def _known_target(self, name: str) -> dict[str, Any]:
        if name not in self.targets:
            raise Refusal(404, "target_not_found", f"There is no target {name}.")
        return self.targets[name]

    def _ticket(self, request: web.Request) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def _user(self, request: web.Request) -> User:
        ticket = self._ticket(request)
        if not ticket:
            raise Refusal(401, "ticket_missing", "Sign in first.")
        if ticket not in self.tickets:
            raise Refusal(401, "ticket_invalid", "Sign in again.")
        return self.tickets[ticket]
