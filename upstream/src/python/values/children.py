# Pages of large containers and windows of long texts, read without asking pydevd for all, and registered with it, so that what
# is in a page can be expanded as anything else. Reads by the builtin types' own methods only, never a subclass's.
import ast
import json
from collections import OrderedDict, deque
from itertools import islice

import pydevd
from _pydevd_bundle import pydevd_resolver, pydevd_suspended_frames
from _pydevd_bundle._debug_adapter.pydevd_base_schema import BaseSchema
from _pydevd_bundle.pydevd_utils import DAPGrouper, ScopeRequest

ANSWER_LIMIT = 7000000  # A response over 16,777,215 bytes would never arrive, and this one is escaped once more.
RETURNED = "(return) "
KEYS_LOOKED_AT = 600
VIEWS = (type({}.keys()), type({}.values()), type({}.items()))


class Refusal(Exception):
    def __init__(self, code, message):
        Exception.__init__(self, message)
        self.code = code


def answered(call, *arguments):
    """JSON: what the call gives, or {"code", "error"}."""
    try:
        begin_request()
        text = json.dumps(call(*arguments))
        if len(text) > ANSWER_LIMIT * 2:
            raise Refusal("range", "It is too large to be sent: ask for less of it")
        return text
    except Refusal as refusal:
        return json.dumps({"code": refusal.code, "error": str(refusal)})
    except BaseException as error:
        return json.dumps({"code": "failed", "error": error_text(error)})


def error_text(error):
    try:
        return ("%s: %s" % (type(error).__name__, error))[:2000]
    except BaseException:
        return type(error).__name__


class Place:
    """What a variablesReference stands for: a frame's scope or a value."""

    def __init__(self, reference):
        self.debugger = pydevd.get_global_debugger()
        self.scope = None
        try:
            number = BaseSchema._translate_id_from_dap(reference)
            if isinstance(number, ScopeRequest):
                self.scope, number = number.scope, number.variable_reference
            self.tracker = self.debugger.suspended_frames_manager._get_tracker_for_variable_reference(number)
            self.variable = self.tracker.get_variable(number)
        except (KeyError, AttributeError):
            raise Refusal("gone", "The value is no longer held: the program has run on")
        # A scope's value is its frame.
        self.value = self.variable.value
        self.frame = self.variable.frame

    def child(self, name, value, suffix):
        """What pydevd would say of a child; it can be expanded from now on."""
        parent = self.variable.evaluate_name if self.scope is None else None
        evaluate_name = parent + suffix if parent and suffix else None
        variable = pydevd_suspended_frames._ObjectVariable(
            self.debugger, name, value, self.tracker._register_variable, evaluate_name=evaluate_name, frame=self.frame
        )
        self.names()[name] = value
        return variable_data(variable)

    def names(self):
        """The values of the pages that were read, by name."""
        try:
            by_place = self.tracker._breakroom_names
        except AttributeError:
            by_place = self.tracker._breakroom_names = {}
        return by_place.setdefault(id(self.variable), {})

    def named(self, name):
        """The value of one of its variables."""
        value = self.value
        if self.scope is not None:
            space = value.f_globals if self.scope == "globals" else value.f_locals
            if name in space:
                return space[name]
            if name.startswith(RETURNED):
                return space["__pydevd_ret_val_dict"][name[len(RETURNED) :]]
        elif name in self.names():
            return self.names()[name]
        elif isinstance(value, DAPGrouper):
            for entry in value.contents_debug_adapter_protocol:
                if entry[0] == name:
                    return entry[1]
        elif isinstance(value, dict):
            return dict_item(value, name)[1]
        elif isinstance(value, (list, tuple, deque, range)) and name.isdigit():
            return value[int(name)]
        elif name in dir(value):
            return getattr(value, name)
        raise Refusal("failed", "There is no %s here" % name)


def variable_data(variable):
    data = variable.get_var_data()
    reference = data.get("variablesReference") or 0
    return {
        "name": data["name"],
        "value": data["value"],
        "type": data.get("type") or "",
        "reference": BaseSchema._translate_id_to_dap(reference) if reference else 0,
        "evaluateName": data.get("evaluateName"),
    }


def dict_item(value, name):
    """Key and value for the name that pydevd gave a key."""
    try:
        key = ast.literal_eval(name)
        if key in value and repr(key) == name:
            return key, dict.__getitem__(value, key)
    except Exception:
        pass
    for key, item in islice(dict.items(value), KEYS_LOOKED_AT):
        shown = pydevd_resolver.dictResolver.key_to_str(key)
        if name in (shown, "%s (id: %s)" % (shown, id(key))):
            return key, item
    raise Refusal("failed", "There is no %s here" % name)


def entries(value, start, stop):
    """Name, value and how to get at it from the container, of the items from start to stop."""
    if isinstance(value, dict):
        items = OrderedDict.items(value) if isinstance(value, OrderedDict) else dict.items(value)
        names = set()
        found = []
        for key, item in islice(items, start, stop):
            name = pydevd_resolver.dictResolver.key_to_str(key)
            evaluates = pydevd_resolver._does_obj_repr_evaluate_to_obj(key)
            if name in names:
                name = "%s (id: %s)" % (name, id(key))
            names.add(name)
            found.append((name, item, "[%r]" % (key,) if evaluates else None))
        return found
    if isinstance(value, list):
        items = list.__getitem__(value, slice(start, stop))
    elif isinstance(value, tuple):
        items = tuple.__getitem__(value, slice(start, stop))
    elif isinstance(value, range):
        items = value[start:stop]
    else:
        base = next((base for base in (set, frozenset, deque) if isinstance(value, base)), None)
        items = islice(base.__iter__(value) if base else iter(value), start, stop)
    form = "%0" + str(len(str(max(length(value) - 1, 0)))) + "d"
    by_index = isinstance(value, (list, tuple, range, deque))
    return [(form % at, item, "[%d]" % at if by_index else None) for at, item in enumerate(items, start)]


def length(value):
    for base in (dict, list, tuple, set, frozenset, deque, range) + VIEWS:
        if isinstance(value, base):
            return base.__len__(value)
    raise Refusal(
        "failed",
        "A %s has no pages: only lists, tuples, dicts, sets, deques and ranges have" % type(value).__name__,
    )


def page(reference, start, count):
    place = Place(reference)
    if place.scope is not None:
        raise Refusal("failed", "A scope has no pages: it is there as a whole")
    value = place.value
    for attempt in range(3):
        total = length(value)
        if start > total or start == total > 0:
            raise Refusal("range", "It has %d items: there is none at %d" % (total, start))
        try:
            found = entries(value, start, start + count)
            break
        except RuntimeError:  # Changed by a thread that isn't paused, as it is in native code.
            if attempt == 2:
                raise Refusal("failed", "It is being changed while it is read: try again")
    items = [place.child(name, item, suffix) for name, item, suffix in found]
    size = sum(len(json.dumps(item)) for item in items)
    if size > ANSWER_LIMIT:
        most = max(ANSWER_LIMIT // 12 // len(items), 20)
        for item in items:
            item["value"] = item["value"][:most] + "\u2026" if len(item["value"]) > most else item["value"]
    return {"total": total, "items": items}


def text(reference, name, start, count):
    value = Place(reference).named(name)
    if isinstance(value, str):
        total, piece = str.__len__(value), str.__getitem__(value, slice(start, start + count))
    elif isinstance(value, (bytes, bytearray)):
        base = bytes if isinstance(value, bytes) else bytearray
        total = base.__len__(value)
        shown = repr(bytes(base.__getitem__(value, slice(start, start + count))))
        # As between single quotes, whichever repr chose.
        piece = shown[2:-1] if shown[1] == "'" else shown[2:-1].replace("'", "\\'")
    else:
        raise Refusal("failed", "%s is a %s: only texts and bytes are read by pieces" % (name, type(value).__name__))
    if start > total or start == total > 0:
        raise Refusal("range", "It has %d characters: there is none at %d" % (total, start))
    return {"total": total, "text": str(piece)}
