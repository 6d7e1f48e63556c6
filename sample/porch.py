"""The porch: a light that should stay on while somebody is there, and for a while after.

A small program to try a debugger on. It runs until it is stopped and logs a line every second or two:

    python porch.py [--tick SECONDS]        # seconds on the wall for one second in the house, normally 1

It has one honest bug: now and then the light goes off while somebody is still moving about on the porch.
"""

import argparse
import logging
import queue
import threading
from typing import List, Optional

from devices import Device, DimmableLight, MotionSensor, PrintHandler, Thermometer
from visitors import Clock, Motion, Visitors


class PorchLight(DimmableLight):
    """Goes on at a movement, and off when nobody has moved for `hold` seconds."""

    kind = "porch light"

    def __init__(self, name: str, hold: int = 6) -> None:
        super().__init__(name)
        self.hold = hold
        self.last_motion: Optional[int] = None

    def on_motion(self, motion: Motion) -> None:
        if self.is_on:
            return  # it is on already: nothing to do
        self.last_motion = motion.at
        self.switch(True, motion.at, f"{motion.visitor} came, {self.brightness} %")

    def tick(self, now: int) -> None:
        if not self.is_on or self.last_motion is None:
            return
        idle = now - self.last_motion
        if idle >= self.hold:
            self.switch(False, now, f"nobody moved for {idle} s")


class Porch:
    """The devices of the porch, and the loop that runs them."""

    def __init__(self, tick_seconds: float) -> None:
        self.tick_seconds = tick_seconds
        self.clock = Clock()
        self.events: "queue.Queue[Motion]" = queue.Queue()
        self.light = PorchLight("porch light")
        self.sensor = MotionSensor("porch sensor")
        self.devices: List[Device] = [self.sensor, self.light, Thermometer("thermometer")]
        self.stopping = threading.Event()

    def run(self) -> None:
        Visitors(self.clock, self.events).start()
        while not self.stopping.wait(self.tick_seconds):
            self.second(self.clock.advance())

    def second(self, now: int) -> None:
        """Everything that happens in one second of house time."""
        for motion in self.waiting_events():
            self.sensor.motion(motion.at, motion.visitor)
            self.light.on_motion(motion)
        for device in self.devices:
            device.tick(now)

    def waiting_events(self) -> List[Motion]:
        found: List[Motion] = []
        while True:
            try:
                found.append(self.events.get_nowait())
            except queue.Empty:
                return found


def main() -> None:
    parser = argparse.ArgumentParser(description="A porch light, to try a debugger on.")
    parser.add_argument("--tick", type=float, default=1.0, metavar="SECONDS")
    options = parser.parse_args()
    logging.basicConfig(handlers=[PrintHandler()], level=logging.INFO, format="%(message)s")
    logging.getLogger("house").info("the porch is running; stop it with Ctrl-C")
    try:
        Porch(options.tick).run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
