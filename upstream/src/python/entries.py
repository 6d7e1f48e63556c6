# Installs what the condition of a breakpoint calls when people's entries there need more than pydevd has: one breakpoint
# a line, hit counts that start anew with every list, "or" between condition and hit count, no snap points, and no end to
# what an entry that is reached too often costs the program.
# Globals: conditions_per_second, logs_per_second, snaps_per_second, and what snap.py defines.
#
# It runs in the program's threads, several at a time, and may be in the middle of it in one of them when the program
# forks. So it takes no lock: where two threads race, a count of a rate is lost; hit counts are exact.
import itertools
import operator
import re
import sys
import threading
from time import perf_counter, sleep

import pydevd
from _pydevd_bundle._debug_adapter.pydevd_schema import OutputEvent, OutputEventBody
from _pydevd_bundle.pydevd_comm_constants import CMD_WRITE_TO_CONSOLE
from _pydevd_bundle.pydevd_net_command import NetCommand
from _pydevd_bundle.pydevd_utils import _extract_variable_nested_braces

HITS = re.compile(r"\s*(==?|>=|<=|>|<|%)?\s*(\d+)\s*")
COMPARE = {
    "=": operator.eq,
    "==": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "%": lambda count, every: every > 0 and count % every == 0,
}
# Over its limit for about a second disarms an entry; so do this many seconds' worth, in less: a loop that is over soon
# disarms nothing, but each message has to be sent, and the debugger's threads get to it once in 10 ms if the program is busy.
CONDITIONS_BURST_SECONDS = 20
LOGS_BURST_SECONDS = 5
LIMITS = {
    "condition": (conditions_per_second, CONDITIONS_BURST_SECONDS),
    "log": (logs_per_second, LOGS_BURST_SECONDS),
    "failure": (logs_per_second, LOGS_BURST_SECONDS),
}
# Captures of all entries together, by what one may have.
SNAPPING_AT_ONCE = 5
YIELDS = 500
ERROR_LENGTH = 500
PASSING = 1.0  # Seconds since it was passed last.


def write(text, category, data=None):
    command = NetCommand(CMD_WRITE_TO_CONSOLE, 0, OutputEvent(OutputEventBody(text, category, data=data)), is_json=True)
    pydevd.get_global_debugger().writer.add_command(command)
    return command


def say(text):
    # As pydevd's own log points do: to the client only, not into the program's output.
    write(text + "\n", "stdout")


def tell(data):
    # For our client only: others pass telemetry over, and the adapter passes it on as it is.
    return write("breakroom", "telemetry", data)


def tell_first(data):
    # Before whatever waits to be written, which may be the very flood that this is about.
    command = tell(data)
    try:
        waiting = pydevd.get_global_debugger().writer._cmd_queue
        with waiting.mutex:
            if waiting.queue[-1] is command:
                waiting.queue.appendleft(waiting.queue.pop())
    except Exception:
        # It was written already, or comes in its turn.
        pass


class InMessage(Exception):
    """What was raised by a part of a log message."""


def in_words(error):
    name = type(error).__name__
    if isinstance(error, InMessage):
        return error.args[0][:ERROR_LENGTH]
    try:
        # A SyntaxError's text names a file that nobody knows.
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        return name
    return ("%s: %s" % (name, text) if text else name)[:ERROR_LENGTH]


class Rate:
    __slots__ = ("limit", "most", "since", "count")

    def __init__(self, limit, burst_seconds):
        self.limit, self.most = limit, limit * burst_seconds
        self.since, self.count = perf_counter(), 0

    def over(self):
        """Counts one; how often a second that makes, if that is too often, else 0."""
        self.count = count = self.count + 1
        past = perf_counter() - self.since
        if past >= 1:
            if count > self.limit * past:
                return int(count / past)
            self.since, self.count = perf_counter(), 0
        elif count > self.most:
            return int(count / max(past, 0.001))
        return 0


class Bucket:
    """A second's worth of captures at once, and so many a second after that."""

    __slots__ = ("limit", "tokens", "at", "skipped")

    def __init__(self, limit):
        self.limit, self.tokens, self.at, self.skipped = limit, limit, perf_counter(), 0

    def take(self):
        now = perf_counter()
        self.tokens = min(self.limit, self.tokens + (now - self.at) * self.limit)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def qualified(frame):
    """A function's dotted name, its module first; what is inside a function by that function's name."""
    code = frame.f_code
    name = getattr(code, "co_qualname", None)
    if name is None:
        name = code.co_name
        if code.co_argcount:
            # Before Python 3.11 only the first argument tells whose method it is.
            first = frame.f_locals.get(code.co_varnames[0])
            # Not isinstance: it asks an object for its class.
            kind = first if type in GET_MRO(type(first)) else type(first)
            for owner in GET_MRO(kind):
                method = owner.__dict__.get(name)
                method = getattr(method, "__func__", getattr(method, "fget", method))
                if getattr(method, "__code__", None) is code:
                    name = owner.__qualname__ + "." + name
                    break
    return "%s.%s" % (frame.f_globals.get("__name__"), name.replace(".<locals>", ""))


class Entries:
    def __init__(self):
        self.counts = {}
        self.codes = {}
        self.rates = {}
        self.buckets = {}
        self.bucket = Bucket(snaps_per_second * SNAPPING_AT_ONCE)
        # Disarmed: known here before the list without them comes.
        self.off = set()
        # How often those that pass them let the debugger's own threads go first: a program that is busy there keeps
        # them from hearing of that list for seconds.
        self.yields = 0
        # Those that failed in this turn, so that it is told once.
        self.failed = set()
        # By place: whose entries stopped the program there last.
        self.matched = {}

    def evaluate(self, text, frame):
        code = self.codes.get(text)
        if code is None:
            code = self.codes[text] = compile(text.strip(), "<breakpoint>", "eval", dont_inherit=True)
        return eval(code, frame.f_globals, frame.f_locals)

    def message(self, log, frame):
        # debugpy's own would take a % of the text for one of its own, and say of all that there is a SyntaxError.
        for text, expression in self.pieces(log):
            if expression is None:
                yield text
                continue
            try:
                yield str(self.evaluate(expression, frame))
            except Exception as error:
                raise InMessage("%s, in {%s}" % (in_words(error), expression)) from None

    def pieces(self, log):
        pieces = self.codes.get((log,))
        if pieces is None:
            pieces, letters, text = [], iter(log), ""
            for letter in letters:
                if letter != "{":
                    text += letter
                    continue
                pieces.append((text, None))
                pieces.append((None, _extract_variable_nested_braces(letters)))
                text = ""
            pieces.append((text, None))
            self.codes[log,] = pieces
        return pieces

    def counted(self, name, hits):
        match = HITS.fullmatch(hits)
        if match is None:
            raise ValueError("%r is no hit count: write a number, or one after ==, >=, <=, >, < or %%" % hits)
        # `next` is one step for other threads.
        count = next(self.counts.setdefault(name, itertools.count(1)))
        return COMPARE[match[1] or "=="](count, int(match[2]))

    def too_often(self, key, what):
        rate = self.rates.get((key, what))
        if rate is None:
            rate = self.rates[key, what] = Rate(*LIMITS[what])
        per_second = rate.over()
        if per_second and key not in self.off:
            self.off.add(key)
            self.yields = YIELDS
            tell_first({"disarmed": {"entry": key[0], "turn": key[1], "per_second": per_second}})
        return per_second > 0

    def snap(self, key, frame):
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = Bucket(snaps_per_second)
        if not bucket.take() or not self.bucket.take():
            bucket.skipped += 1
            return
        skipped, bucket.skipped = bucket.skipped, 0
        thread = threading.current_thread().__dict__.get("_name")
        thread = thread[:100] if type(thread) is str else "?"
        frames = capture(frame)
        tell({"snap": {"entry": key[0], "thread": thread, "frames": frames, "skipped": skipped}})

    def passed(self):
        """By entry, how often it was passed without a capture since that was told last; and whether to ask again.

        Not of one that is passed right now: its next capture tells that.
        """
        counts, more = {}, False
        for (name, _turn), bucket in list(self.buckets.items()):
            if not bucket.skipped:
                continue
            if perf_counter() - bucket.at < PASSING:
                more = True
                continue
            skipped, bucket.skipped = bucket.skipped, 0
            counts[name] = counts.get(name, 0) + skipped
        return {"counts": counts, "more": more}

    def decide(self, entry, frame):
        name, turn, function, condition, hits, log, snap = entry
        key = (name, turn)
        if key in self.off:
            if self.yields > 0:
                self.yields -= 1
                sleep(0.001)
            return False
        if function is not None and not ("." + qualified(frame)).endswith("." + function):
            return False
        costs = condition is not None or hits is not None or snap
        if costs and self.too_often(key, "condition"):
            return False
        if condition is not None and not self.evaluate(condition, frame):
            return False
        if hits is not None and not self.counted(name, hits):
            return False
        if log is None and not snap:
            return True
        if log is not None and not self.too_often(key, "log"):
            say("".join(self.message(log, frame)))
        if snap:
            self.snap(key, frame)
        return False

    def __call__(self, place, entries):
        # The condition has a frame of its own, above pydevd's, which is above the program's.
        frame = condition = sys._getframe(1)
        while frame is condition or frame.f_globals is not condition.f_globals:
            frame = frame.f_back
        hit = []
        for entry in entries:
            try:
                if self.decide(entry, frame):
                    hit.append(entry[0])
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # One that fails keeps no other from holding. Raising costs more than a condition that holds not.
                key = entry[:2]
                if not self.too_often(key, "failure") and key not in self.failed:
                    self.failed.add(key)
                    tell({"failed": {"entry": key[0], "turn": key[1], "error": in_words(error)}})
        self.matched[place] = hit
        return bool(hit)


pydevd._breakroom = Entries()
answer = ""
