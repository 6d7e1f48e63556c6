"""Names that several modules of the Breakroom integration share."""

from __future__ import annotations

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "breakroom"
LOGGER: Final = logging.getLogger(__package__)

CONF_BROWSER_URL: Final = "browser_url"
CONF_TARGET: Final = "target"
CONF_THIS_HOME_ASSISTANT: Final = "this_home_assistant"

SERVICE_START_SESSION: Final = "start_session"
SERVICE_END_SESSION: Final = "end_session"
ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
ATTR_RESTART: Final = "restart"

POLL_INTERVAL: Final = timedelta(seconds=10)

# What Home Assistant itself calls itself in a recording when nobody in particular acted (an automation).
NOBODY: Final = "Home Assistant"
