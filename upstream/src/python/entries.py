# Installs what the condition of a line's breakpoint calls when people's entries there need more than pydevd has: one
# breakpoint a line, hit counts that start anew with every list, "or" between condition and hit count.
import operator
import re
import sys
import threading

import pydevd
from _pydevd_bundle.pydevd_utils import convert_dap_log_message_to_expression

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


def say(text):
    # As pydevd's own log points do: to the client only, not into the program's output.
    debugger = pydevd.get_global_debugger()
    debugger.writer.add_command(debugger.cmd_factory.make_io_message(text + "\n", 1))


class Entries:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.codes = {}
        # By line: whose entries stopped the program there last.
        self.matched = {}

    def evaluate(self, text, frame):
        code = self.codes.get(text)
        if code is None:
            code = self.codes[text] = compile(text.strip(), "<breakpoint>", "eval", dont_inherit=True)
        return eval(code, frame.f_globals, frame.f_locals)

    def counted(self, entry, hits):
        match = HITS.fullmatch(hits)
        if match is None:
            raise ValueError("%r is no hit count: write a number, or one after ==, >=, <=, >, < or %%" % hits)
        with self.lock:
            count = self.counts[entry] = self.counts.get(entry, 0) + 1
        return COMPARE[match[1] or "=="](count, int(match[2]))

    def __call__(self, line, entries):
        frame = sys._getframe(1)
        hit = []
        for entry in entries:
            name, condition, hits, log = entry
            try:
                if condition is not None and not self.evaluate(condition, frame):
                    continue
                if hits is not None and not self.counted(entry, hits):
                    continue
                if log is None:
                    hit.append(name)
                else:
                    say(str(self.evaluate(convert_dap_log_message_to_expression(log), frame)))
            except Exception as error:
                say("The breakpoint at %s failed: %s: %s" % (line, type(error).__name__, error))
        self.matched[line] = hit
        return bool(hit)


pydevd._breakroom = Entries()
answer = ""
