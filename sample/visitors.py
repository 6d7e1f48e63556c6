"""Visitors: a thread that walks people past the porch's motion sensor.

House time is a counter that the main loop advances, not the clock on the wall: while the program is paused in a
debugger, time in the house stands still too.
"""

import queue
import threading
from typing import NamedTuple

# (who, seconds between two movements for as long as they stay, quiet seconds afterwards)
VISITS = [
    ("postman", [2], 9),
    ("neighbour", [2, 3, 2, 3], 10),
    ("cat", [], 9),
    ("courier", [3, 2, 2, 3, 2], 11),
]


class Clock:
    """House time in seconds, and a way to wait for a moment of it."""

    def __init__(self) -> None:
        self.now = 0
        self._changed = threading.Condition()

    def advance(self) -> int:
        with self._changed:
            self.now += 1
            self._changed.notify_all()
            return self.now

    def wait_until(self, moment: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.now >= moment)


class Motion(NamedTuple):
    """Somebody moved in front of the sensor."""

    at: int
    visitor: str


class Visitors(threading.Thread):
    """Puts a `Motion` into `events` whenever somebody moves."""

    def __init__(self, clock: Clock, events: "queue.Queue[Motion]") -> None:
        super().__init__(name="visitors", daemon=True)
        self.clock = clock
        self.events = events
        self.visits_made = 0

    def run(self) -> None:
        moment = 3
        while True:
            who, pauses, quiet = VISITS[self.visits_made % len(VISITS)]
            self.move(moment, who)
            for pause in pauses:
                moment += pause
                self.move(moment, who)
            self.visits_made += 1
            moment += quiet

    def move(self, moment: int, who: str) -> None:
        self.clock.wait_until(moment)
        self.events.put(Motion(moment, who))
