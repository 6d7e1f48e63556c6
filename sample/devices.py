"""Devices of a small simulated house: what all have in common, and the sensors."""

import logging
from typing import Any, List, NamedTuple

log = logging.getLogger("house")


class Change(NamedTuple):
    """One entry of a device's history."""

    at: int
    what: str
    value: Any


class Device:
    """Something in the house that has a name, a state and a history that grows."""

    kind = "device"

    def __init__(self, name: str) -> None:
        self.name = name
        self.history: List[Change] = []

    def record(self, at: int, what: str, value: Any) -> None:
        self.history.append(Change(at, what, value))
        log.info("%5d s  %-13s %s: %s", at, self.name, what, value)

    def tick(self, now: int) -> None:
        """Called once a second of house time."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}, {len(self.history)} changes>"


class Light(Device):
    """A light that is on or off."""

    kind = "light"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.is_on = False

    def switch(self, on: bool, now: int, why: str) -> None:
        self.is_on = on
        self.record(now, "on" if on else "off", why)


class DimmableLight(Light):
    """A light with a brightness in percent."""

    kind = "dimmable light"

    def __init__(self, name: str, brightness: int = 80) -> None:
        super().__init__(name)
        self.brightness = brightness


class MotionSensor(Device):
    """Reports that somebody moved, and how many times in a row."""

    kind = "motion sensor"

    def motion(self, at: int, visitor: str) -> None:
        self.record(at, "motion", visitor)


class Thermometer(Device):
    """A temperature that wanders slowly; it is read every `every` seconds."""

    kind = "thermometer"

    def __init__(self, name: str, every: int = 4) -> None:
        super().__init__(name)
        self.every = every
        self.celsius = 11.5

    def tick(self, now: int) -> None:
        if now % self.every == 0:
            self.celsius += 0.1 if now % 40 < 20 else -0.1
            self.record(now, "temperature", f"{self.celsius:.1f} °C")


class PrintHandler(logging.Handler):
    """Prints to whatever `sys.stdout` is at that moment: a debugger replaces it to show the output."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), flush=True)
