"""The page in the sidebar: Breakroom's own web client in a frame.

Invariant: one page for each Breakroom that browsers can reach, however many of its targets are set up; it is gone with
the last of them. Home Assistant passes no identity into the frame: people sign in there, as in any other window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from homeassistant.components import frontend
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .const import DOMAIN

DATA_PANELS = f"{DOMAIN}_panels"
TITLE = "Breakroom"
ICON = "mdi:bug-outline"


@dataclass(slots=True)
class _Panel:
    """A registered page and the config entries that want it."""

    path: str
    wanted_by: set[str] = field(default_factory=set)


@callback
def async_add_panel(hass: HomeAssistant, entry_id: str, url: str) -> CALLBACK_TYPE:
    """Show the page at `url` for a config entry, and return how to end that."""
    panels: dict[str, _Panel] = hass.data.setdefault(DATA_PANELS, {})
    if url not in panels:
        panels[url] = _Panel(_async_register(hass, url))
    panels[url].wanted_by.add(entry_id)

    @callback
    def remove() -> None:
        panel = panels[url]
        panel.wanted_by.discard(entry_id)
        if not panel.wanted_by:
            del panels[url]
            frontend.async_remove_panel(hass, panel.path)

    return remove


@callback
def _async_register(hass: HomeAssistant, url: str) -> str:
    """Register the page under the first free path, and return that."""
    for number in count(1):
        path = DOMAIN if number == 1 else f"{DOMAIN}-{number}"
        try:
            frontend.async_register_built_in_panel(
                hass,
                component_name="iframe",
                sidebar_title=TITLE,
                sidebar_icon=ICON,
                frontend_url_path=path,
                config={"url": url},
                # Family members help to debug without being administrators.
                require_admin=False,
            )
        except ValueError:
            # Somebody else's page has that path.
            continue
        return path
    raise AssertionError("count() doesn't end")
