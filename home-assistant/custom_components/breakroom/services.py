"""The actions `breakroom.start_session` and `breakroom.end_session`.

Invariant: only administrators, and automations that act for nobody, get past `_async_actor`. Breakroom itself can't
tell: to it every action comes from this integration's own user.
"""

from __future__ import annotations

import asyncio

import voluptuous as vol

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import config_validation as cv

from .api import ApiError, BreakroomError
from .const import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_RESTART,
    CONF_THIS_HOME_ASSISTANT,
    DOMAIN,
    LOGGER,
    NOBODY,
    SERVICE_END_SESSION,
    SERVICE_START_SESSION,
)
from .coordinator import Connection

DEBUGPY_DOMAIN = "debugpy"
DEBUGPY_START = "start"
# Under `debugpy: wait: true` its action waits for us to attach; by then it listens.
DEBUGPY_START_TIMEOUT = 15.0
# Breakroom's limit for names of people.
MAX_NAME_LENGTH = 40

START_SESSION_SCHEMA = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})
END_SESSION_SCHEMA = START_SESSION_SCHEMA.extend(
    {vol.Optional(ATTR_RESTART, default=False): cv.boolean}
)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions; they find their config entry when they are called."""

    async def start_session(call: ServiceCall) -> ServiceResponse:
        return await _async_start_session(hass, call)

    async def end_session(call: ServiceCall) -> None:
        await _async_end_session(hass, call)

    hass.services.async_register(
        DOMAIN,
        SERVICE_START_SESSION,
        start_session,
        schema=START_SESSION_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN, SERVICE_END_SESSION, end_session, schema=END_SESSION_SCHEMA
    )


async def _async_start_session(
    hass: HomeAssistant, call: ServiceCall
) -> ServiceResponse:
    """Start to debug, starting this Home Assistant's debugger first where that is what it takes."""
    actor = await _async_actor(hass, call)
    connection = _connection(hass, call)
    client, target = connection.client, connection.target
    try:
        try:
            session = await client.async_start_session(target, actor)
        except ApiError as err:
            if err.code != "debugger_not_active" or not await _async_start_debugger(
                hass, call, connection
            ):
                raise
            session = await client.async_start_session(target, actor)
    except BreakroomError as err:
        raise HomeAssistantError(str(err)) from err
    await connection.coordinator.async_refresh()
    return {"session": session, "url": connection.session_url(session)}


async def _async_end_session(hass: HomeAssistant, call: ServiceCall) -> None:
    """End the target's live session."""
    await _async_actor(hass, call)
    connection = _connection(hass, call)
    client, target = connection.client, connection.target
    try:
        session = (await client.async_target(target)).live_session
        if session is None:
            raise ServiceValidationError(f"{target} has no live session to end.")
        await client.async_end_session(session, restart=call.data[ATTR_RESTART])
    except BreakroomError as err:
        raise HomeAssistantError(str(err)) from err
    await connection.coordinator.async_refresh()


async def _async_actor(hass: HomeAssistant, call: ServiceCall) -> str:
    """Return the name of who acts. Raises Unauthorized for who may not."""
    if call.context.user_id is None:
        return NOBODY
    user = await hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if not user.is_admin:
        raise Unauthorized(context=call.context)
    return _shown_name(user.name or "")


def _shown_name(name: str) -> str:
    """Fit a user's name into what Breakroom takes as one."""
    printable = "".join(char for char in name if char.isprintable()).strip()
    return printable[:MAX_NAME_LENGTH].strip() or NOBODY


def _connection(hass: HomeAssistant, call: ServiceCall) -> Connection:
    """Find the target that is meant: the named one, or the only one."""
    connections: dict[str, Connection] = hass.data.get(DOMAIN, {})
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is not None:
        if entry_id not in connections:
            raise ServiceValidationError(
                f"No target of Breakroom with the id {entry_id} is set up and connected."
            )
        return connections[entry_id]
    if not connections:
        raise ServiceValidationError(
            "No target of Breakroom is set up and connected: see Settings, Devices & services."
        )
    if len(connections) > 1:
        raise ServiceValidationError(
            f"Several targets of Breakroom are set up: say with {ATTR_CONFIG_ENTRY_ID} which one is meant."
        )
    return next(iter(connections.values()))


async def _async_start_debugger(
    hass: HomeAssistant, call: ServiceCall, connection: Connection
) -> bool:
    """Start the debugger in this Home Assistant. False: it's none of ours to start, or was started before."""
    if not connection.entry.data.get(CONF_THIS_HOME_ASSISTANT):
        return False
    if not hass.services.has_service(DEBUGPY_DOMAIN, DEBUGPY_START):
        return False
    try:
        async with asyncio.timeout(DEBUGPY_START_TIMEOUT):
            await hass.services.async_call(
                DEBUGPY_DOMAIN,
                DEBUGPY_START,
                blocking=True,
                context=call.context,
            )
    except TimeoutError:
        LOGGER.debug("%s.%s still waits", DEBUGPY_DOMAIN, DEBUGPY_START)
    except RuntimeError as err:
        # debugpy can be started once; then the server's sentence is the better answer.
        LOGGER.warning("The debugger of this Home Assistant didn't start: %s", err)
        return False
    return True
