"""Client of a Breakroom server's HTTP API, as far as Home Assistant needs it.

In: calls of the coordinator, the actions and the config flow. Out: HTTP requests with our ticket, typed answers, or a
`BreakroomError` whose text can be shown to people as it is.
Invariant: an access token goes to a server only after `GET /api/server` said that it is a Breakroom with a Home
Assistant, and a server that refused one isn't offered another for `REFUSAL_PAUSE`.
Why so careful: the token is an administrator's, and to Home Assistant each refused one is a failed login of the address
that Breakroom has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
import json
import time
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

_T = TypeVar("_T")

REQUEST_TIMEOUT = 10.0
# Attaching to a debugger, or having Home Assistant asked about a token, takes the server some waiting of its own.
SLOW_REQUEST_TIMEOUT = 30.0
# Nobody should wait long for a goodbye.
SIGN_OUT_TIMEOUT = 3.0
# A target's answer is under 1 KiB, and a server has few targets.
MAX_ANSWER_BYTES = 1 << 20
REFUSAL_PAUSE = 300.0
# We sign in again this long before ticket or token end, so that Breakroom never holds an expired token.
RENEW_BEFORE = 300.0
# However far apart the two clocks are, we don't sign in more often than this.
SHORTEST_TICKET = 60.0

TICKET_COOKIE = "breakroom_ticket"
SIGN_IN_REFUSED_CODES = frozenset(
    {
        "home_assistant_not_configured",
        "token_expired",
        "token_malformed",
        "token_refused",
    }
)


class BreakroomError(Exception):
    """Something with Breakroom went wrong; the text says what, for people."""


class CannotConnect(BreakroomError):
    """Nobody answers at the URL, or not in time."""


class NotBreakroom(BreakroomError):
    """Somebody answers at the URL, but not as Breakroom would."""


class ApiError(BreakroomError):
    """Breakroom refused a request: `{"error": {"code", "message"}}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the parts; the text is the server's sentence."""
        super().__init__(message)
        self.status = status
        self.code = code


class SignInRefused(BreakroomError):
    """Breakroom doesn't take this Home Assistant's word; trying again soon won't help."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A Home Assistant access token and when it ends (Unix seconds)."""

    value: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """`GET /api/server`: what a Breakroom says about itself to anyone."""

    version: str
    has_home_assistant: bool


@dataclass(frozen=True, slots=True)
class Target:
    """`GET /api/targets/{name}`: a program that can be debugged, and whether it can be now."""

    name: str
    address: str
    can_restart: bool
    # "active", "inactive", "attached" or "unknown"
    debugger: str
    how_to_start: str
    live_session: str | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Take the fields we know; a newer server may send more."""
        return cls(
            name=data["name"],
            address=data["address"],
            can_restart=data["can_restart"],
            debugger=data["debugger"],
            how_to_start=data["how_to_start"],
            live_session=data["live_session"],
        )


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Our sign-in at the server, and when to renew it (Unix seconds)."""

    value: str
    renew_at: float


def origin_of(text: str) -> str:
    """Return `scheme://host[:port]` of a URL that a person typed or pasted.

    Breakroom lives at the root of its origin, so a link to any of its pages will do. Raises ValueError.
    """
    url = URL(text.strip())
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("not an http or https URL")
    return str(url.origin())


class BreakroomClient:
    """One server, seen as one signed-in user."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        access_token: Callable[[], Awaitable[AccessToken]],
    ) -> None:
        """Talk to the server at origin `url`; `access_token` is asked at each sign-in.

        The session becomes ours; it must have no cookie jar, which would carry our ticket to others on that host.
        """
        self._session = session
        self._url = url
        self._access_token = access_token
        self._ticket: _Ticket | None = None
        self._signing_in = asyncio.Lock()
        self._refused: SignInRefused | None = None
        self._refused_until = 0.0
        self._closed = False

    async def async_server_info(self) -> ServerInfo:
        """Ask who is there. Raises CannotConnect and NotBreakroom."""
        try:
            data = await self._call("GET", "/api/server")
            if data["name"] != "breakroom":
                raise NotBreakroom(f"{self._url} isn't a Breakroom server.")
            return ServerInfo(
                version=str(data["version"]),
                has_home_assistant=data["home_assistant"] is not None,
            )
        except (ApiError, KeyError, TypeError) as err:
            raise NotBreakroom(f"{self._url} isn't a Breakroom server.") from err

    async def async_sign_in(self) -> None:
        """Make sure that we hold a ticket. Raises SignInRefused, ApiError and the others."""
        await self._async_ticket()

    async def async_close(self) -> None:
        """Sign out, as far as the server is there to hear it. Nothing works afterwards."""
        self._closed = True
        async with self._signing_in:
            ticket, self._ticket = self._ticket, None
        if ticket is not None:
            await self._async_sign_out(ticket)
        # Home Assistant's sessions share a connector, which isn't ours to close.
        self._session.detach()

    async def async_targets(self) -> list[Target]:
        """List what can be debugged."""
        return self._parse(
            lambda data: [Target.from_json(item) for item in data],
            await self._signed_call("GET", "/api/targets"),
        )

    async def async_target(self, name: str) -> Target:
        """Describe one target."""
        path = f"/api/targets/{quote(name, safe='')}"
        return self._parse(Target.from_json, await self._signed_call("GET", path))

    async def async_start_session(self, target: str, on_behalf_of: str) -> str:
        """Start to debug a target and return the session's id."""
        data = await self._signed_call(
            "POST",
            "/api/sessions",
            {"target": target, "on_behalf_of": on_behalf_of},
            SLOW_REQUEST_TIMEOUT,
        )
        return self._parse(lambda row: str(row["id"]), data)

    async def async_end_session(self, session: str, *, restart: bool) -> None:
        """Ask for a session's end. The server does it after it has answered."""
        await self._signed_call(
            "POST", f"/api/sessions/{quote(session, safe='')}/end", {"restart": restart}
        )

    def _parse(self, parse: Callable[[Any], _T], data: Any) -> _T:
        """Turn an answer into a type of ours."""
        try:
            return parse(data)
        except (KeyError, TypeError) as err:
            raise NotBreakroom(
                f"Breakroom at {self._url} answered in a way that this version of the integration doesn't understand."
            ) from err

    async def _signed_call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        timeout: float = REQUEST_TIMEOUT,
    ) -> Any:
        """Send a request with our ticket; when the ticket no longer counts, once more with a new one."""
        ticket = await self._async_ticket()
        try:
            return await self._call(method, path, body, ticket, timeout)
        except ApiError as err:
            if err.status != 401:
                raise
        if self._ticket is ticket:
            self._ticket = None
        return await self._call(method, path, body, await self._async_ticket(), timeout)

    async def _async_ticket(self) -> _Ticket:
        """Return a ticket that has some time left, signing in where necessary."""
        async with self._signing_in:
            if self._closed:
                raise BreakroomError("The connection to Breakroom was closed.")
            old = self._ticket
            if old is not None and time.time() < old.renew_at:
                return old
            if self._refused is not None and time.monotonic() < self._refused_until:
                raise SignInRefused(str(self._refused))
            try:
                self._ticket = await self._async_new_ticket()
            except SignInRefused as err:
                self._refused = err
                self._refused_until = time.monotonic() + REFUSAL_PAUSE
                raise
            self._refused = None
            if old is not None:
                await self._async_sign_out(old)
            return self._ticket

    async def _async_new_ticket(self) -> _Ticket:
        """Vouch for ourselves with a fresh access token."""
        server = await self.async_server_info()
        if not server.has_home_assistant:
            raise SignInRefused(
                f"Breakroom at {self._url} isn't connected to a Home Assistant:"
                " set home_assistant.url in its configuration."
            )
        token = await self._access_token()
        try:
            response, me = await self._exchange(
                "POST",
                "/api/auth/token",
                {"token": token.value},
                None,
                SLOW_REQUEST_TIMEOUT,
            )
        except ApiError as err:
            if err.code in SIGN_IN_REFUSED_CODES:
                raise SignInRefused(str(err)) from err
            raise
        cookie = response.cookies.get(TICKET_COOKIE)
        if cookie is None or not cookie.value:
            raise NotBreakroom(f"Breakroom at {self._url} gave no ticket.")
        ticket_ends = self._parse(lambda data: data["expires_at"] / 1000, me)
        now = time.time()
        renew_at = min(ticket_ends, token.expires_at) - RENEW_BEFORE
        return _Ticket(cookie.value, max(renew_at, now + SHORTEST_TICKET))

    async def _async_sign_out(self, ticket: _Ticket) -> None:
        """Hand a ticket back. One that we can't hand back ends by itself."""
        with suppress(BreakroomError):
            await self._call(
                "POST", "/api/auth/sign-out", None, ticket, SIGN_OUT_TIMEOUT
            )

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        ticket: _Ticket | None = None,
        timeout: float = REQUEST_TIMEOUT,
    ) -> Any:
        """Send one request and return the JSON of its answer."""
        _, data = await self._exchange(method, path, body, ticket, timeout)
        return data

    async def _exchange(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        ticket: _Ticket | None,
        timeout: float,
    ) -> tuple[aiohttp.ClientResponse, Any]:
        """Send one request and return its answer with the JSON in it (None: it was empty)."""
        headers = {"Authorization": f"Bearer {ticket.value}"} if ticket else None
        try:
            async with (
                asyncio.timeout(timeout),
                self._session.request(
                    method,
                    URL(self._url + path, encoded=True),
                    json=body,
                    headers=headers,
                    # Followed, a redirect could carry the token to somebody else.
                    allow_redirects=False,
                ) as response,
            ):
                raw = await _read_limited(response)
        except TimeoutError as err:
            raise CannotConnect(
                f"Breakroom at {self._url} didn't answer within {timeout:g} seconds."
            ) from err
        except (aiohttp.ClientError, OSError) as err:
            raise CannotConnect(
                f"Breakroom can't be reached at {self._url}: {err or type(err).__name__}."
            ) from err
        return response, self._answer(response.status, raw)

    def _answer(self, status: int, raw: bytes | None) -> Any:
        """Tell answers, refusals and what no Breakroom would say apart."""
        try:
            if raw is None:
                raise ValueError("answer over the limit")
            data: Any = json.loads(raw) if raw else None
        except ValueError as err:
            raise NotBreakroom(
                f"{self._url} doesn't answer as Breakroom would (status {status})."
            ) from err
        if 200 <= status < 300:
            return data
        try:
            error = data["error"]
            raise ApiError(status, str(error["code"]), str(error["message"]))
        except (KeyError, TypeError) as err:
            raise NotBreakroom(
                f"{self._url} doesn't answer as Breakroom would (status {status})."
            ) from err


async def _read_limited(response: aiohttp.ClientResponse) -> bytes | None:
    """Read a body; None when it is larger than any of Breakroom's answers to us."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)
