# What a snap point captures: the stack, and the locals of its innermost frames. It runs in the program's own thread, at
# any of its lines and while the thread may hold any lock, so it runs no code of the program: no `__repr__`, no property,
# no `__getattr__`. Values of types that it doesn't know are shown by their attributes.
import collections
import datetime
import decimal
import enum
import itertools
import pathlib
import sys
import types
import uuid
from time import thread_time

import pydevd
import pydevd_file_utils

FRAMES = 20
FRAMES_WITH_LOCALS = 3
LOCALS = 40
VALUE_CHARS = 1000
# Of all values of a capture together.
CHARS = 16000
# Of this thread's own work: that others have the interpreter meanwhile costs the program nothing.
SECONDS = 0.02
DEPTH = 3
ITEMS = (20, 8, 4)

# Shown by their own `repr`, which runs no other code and is short, or is made short before.
PLAIN = {
    type(None), bool, float, complex, type(Ellipsis), type(NotImplemented), datetime.date, datetime.timedelta,
    datetime.timezone, range, decimal.Decimal, uuid.UUID, pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.Path()),
}
# Shown within microseconds, however large they are.
QUICK = {type(None), bool, int, float, str, bytes}
BRACKETS = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", collections.deque: "[]"}
GET_NAME = type.__dict__["__qualname__"].__get__
GET_MODULE = type.__dict__["__module__"].__get__
GET_MRO = type.__dict__["__mro__"].__get__
GET_ARGS = BaseException.__dict__["args"].__get__


def clip(text, limit=VALUE_CHARS):
    return text if len(text) <= limit else text[:limit - 1] + "\u2026"


def name_of(kind):
    name = GET_NAME(kind)
    return name[:100] if type(name) is str else "?"


def dict_of(value):
    try:
        found = object.__getattribute__(value, "__dict__")
    except Exception:
        return {}
    return found if type(found) is dict else {}


class Shower:
    def __init__(self):
        self.until = thread_time() + SECONDS
        self.left = CHARS

    def spent(self):
        return self.left <= 0 or thread_time() > self.until

    def top(self, value):
        # What a large value has used up of the time, small ones beside it need not have.
        if self.left <= 0 or type(value) not in QUICK and self.spent():
            return "\u2026"
        text = clip(self.show(value, 0))
        self.left -= len(text)
        return text

    def show(self, value, depth):
        try:
            return self.known(value, type(value), depth)
        except Exception as error:
            # A dictionary that another thread changes meanwhile, and the like.
            return "<%s: %s>" % (name_of(type(value)), type(error).__name__)

    def known(self, value, kind, depth):
        if kind in PLAIN:
            return clip(repr(value), 200)
        if kind in (datetime.datetime, datetime.time):
            zone = type(value.tzinfo)
            plain = zone in PLAIN or (GET_MODULE(zone), name_of(zone)) == ("zoneinfo", "ZoneInfo")
            return repr(value) if plain else repr(value.replace(tzinfo=None))
        mro = GET_MRO(kind)
        if enum.Enum in mro:
            return "%s.%s" % (name_of(kind), dict_of(value).get("_name_"))
        if int in mro:
            return self.named(kind, int, self.integer(int.__int__(value)))
        if float in mro:
            return float.__repr__(value)
        for base in (str, bytes, bytearray):
            if base in mro:
                return self.named(kind, base, self.text(value, base))
        if dict in mro:
            return self.named(kind, dict, self.dictionary(value, depth))
        for base in BRACKETS:
            if base in mro:
                fields = kind.__dict__.get("_fields")
                if base is tuple and type(fields) is tuple:
                    pairs = zip(fields, tuple.__iter__(value))
                    return "%s(%s)" % (name_of(kind), self.pairs(pairs, tuple.__len__(value), depth))
                return self.named(kind, base, self.items(value, base, depth))
        return self.object(value, kind, mro, depth)

    def named(self, kind, base, text):
        return text if kind is base else "%s(%s)" % (name_of(kind), text)

    def integer(self, value):
        return repr(value) if value.bit_length() < 2000 else "<int of %d bits>" % value.bit_length()

    def text(self, value, base):
        length = base.__len__(value)
        shown = base.__repr__(base.__getitem__(value, slice(0, VALUE_CHARS)))
        return shown if length <= VALUE_CHARS else "%s\u2026 (%d)" % (shown, length)

    def dictionary(self, value, depth):
        length = dict.__len__(value)
        if depth >= DEPTH:
            return "{\u2026}" if length else "{}"
        shown = []
        for key, item in itertools.islice(dict.items(value), ITEMS[depth]):
            if self.spent():
                break
            shown.append("%s: %s" % (clip(self.show(key, DEPTH - 1), 100), self.show(item, depth + 1)))
        return "{%s}" % self.joined(shown, length)

    def items(self, value, base, depth):
        length = base.__len__(value)
        if length == 0 and base in (set, frozenset):
            return "set()"
        left, right = BRACKETS[base]
        if depth >= DEPTH:
            return left + ("\u2026" if length else "") + right
        shown = []
        for item in itertools.islice(base.__iter__(value), ITEMS[depth]):
            if self.spent():
                break
            shown.append(self.show(item, depth + 1))
        if base is tuple and length == 1:
            shown.append("")
            return "(%s)" % ", ".join(shown).rstrip()
        return left + self.joined(shown, length) + right

    def pairs(self, pairs, length, depth):
        if depth >= DEPTH:
            return "\u2026"
        shown = []
        for name, item in itertools.islice(pairs, ITEMS[depth]):
            if self.spent():
                break
            shown.append("%s=%s" % (name if type(name) is str else "?", self.show(item, depth + 1)))
        return self.joined(shown, length)

    def joined(self, shown, length):
        if len(shown) < length:
            shown.append("\u2026 (%d)" % length)
        return ", ".join(shown)

    def object(self, value, kind, mro, depth):
        if type in mro:
            return "<class %s>" % name_of(value)
        if kind is types.ModuleType:
            return "<module %s>" % dict_of(value).get("__name__")
        if kind in (types.FunctionType, types.BuiltinFunctionType):
            return "<function %s>" % value.__qualname__
        if kind is types.MethodType:
            return "<method %s>" % getattr(value.__func__, "__qualname__", "?")
        if BaseException in mro:
            return "%s%s" % (name_of(kind), self.items(GET_ARGS(value), tuple, depth))
        if (GET_MODULE(kind), name_of(kind)) == ("numpy", "ndarray"):
            shown = " " + self.show(value.tolist(), depth + 1) if value.size <= 20 else ""
            return "<ndarray shape=%r dtype=%s%s>" % (value.shape, value.dtype.str, shown)
        own = dict_of(value)
        shown = self.pairs(list(itertools.islice(own.items(), ITEMS[0])), len(own), depth) if own else ""
        return "<%s%s>" % (name_of(kind), " " + shown if shown else "")


def locals_of(frame, shower):
    shown = []
    module = frame.f_code.co_name == "<module>"
    scope = frame.f_locals
    items = dict.items(scope) if isinstance(scope, dict) else scope.items()
    for name, value in list(itertools.islice(items, 1000)):
        if type(name) is not str or name.startswith("__") and name.endswith("__"):
            continue
        kind = type(value)
        if module and (kind in (types.ModuleType, types.FunctionType) or type in GET_MRO(kind)):
            continue
        if len(shown) >= LOCALS:
            break
        shown.append({"name": name, "value": shower.top(value), "type": name_of(kind)})
    return shown


def place_of(frame, debugger):
    path = pydevd_file_utils.get_abs_path_real_path_and_base_from_frame(frame)[0]
    path = pydevd_file_utils.map_file_to_client(path)[0]
    is_file = not path.startswith("<")
    return {"function": frame.f_code.co_name, "path": path if is_file else None, "line": frame.f_lineno or 1}


def capture(frame):
    """Frames as the protocol's `SnapFrame`s, innermost first."""
    debugger = pydevd.get_global_debugger()
    shower = Shower()
    frames = []
    while frame is not None and len(frames) < FRAMES:
        if debugger.get_file_type(frame) != debugger.PYDEV_FILE:
            with_locals = len(frames) < FRAMES_WITH_LOCALS
            shown = locals_of(frame, shower) if with_locals else []
            frames.append({"place": place_of(frame, debugger), "locals": shown})
        frame = frame.f_back
    return frames
