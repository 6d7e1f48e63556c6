# Installs what looks plain names up in a frame, and literal subscripts in what they name. Globals: space, where to.
#
# Nothing of the program may run: only exact built-in types are looked into, no attribute of a value is read, and
# mappings are searched key by key, as `mapping[key]` would ask another key of the same hash whether it is equal. How the
# value looks is for the `variables` request to say, on the thread that stopped, as for all that people expand.
import builtins
import json
import sys
import unicodedata

import pydevd
from _pydevd_bundle._debug_adapter.pydevd_base_schema import BaseSchema
from _pydevd_bundle.pydevd_utils import DAPGrouper

LIMIT = 2000000  # Keys of a mapping; searching through so many takes a tenth of a second.
# What a function's `f_locals` is: a dict; from 3.13 on a view.
Locals = type((lambda: sys._getframe().f_locals)())
SEQUENCES = {id(kind): kind.__name__ for kind in (list, tuple, str, bytes, range)}
WITHOUT_ITEMS = {id(kind) for kind in (int, float, complex, bool, type(None), type(...), set, frozenset)}
NUMBERS = {id(kind) for kind in (int, bool, float)}
name_of = type.__dict__["__name__"].__get__


class Error(Exception):
    pass


class Code(Exception):
    pass


def find(mapping, key):
    if len(mapping) > LIMIT:
        raise Code("A dict with more than %d keys isn't searched unasked" % LIMIT)
    text = type(key) is str
    for other, value in mapping.items():
        kind = type(other)
        if (kind is str if text else id(kind) in NUMBERS) and other == key:
            return True, value
    return False, None


def look_up(frame, name):
    for space in (frame.f_locals, frame.f_globals, builtins.__dict__):
        if type(space) is not dict and type(space) is not Locals:
            raise Code("The names here are kept in a %s of the program, not in a dict" % name_of(type(space)))
        found, value = find(space, name)
        if found:
            return value
    raise Error("NameError: name %r is not defined" % name)


def item(value, key):
    kind = type(value)
    if kind is dict:
        found, value = find(value, key)
        if not found:
            raise Error("KeyError: %r" % (key,))
        return value
    if id(kind) in SEQUENCES:
        if type(key) is not int:
            raise Error("TypeError: %s indices must be integers or slices, not str" % SEQUENCES[id(kind)])
        try:
            return value[key]
        except IndexError as error:
            raise Error("IndexError: %s" % error)
    if id(kind) in WITHOUT_ITEMS:
        raise Error("TypeError: %r object is not subscriptable" % kind.__name__)
    raise Code("Reading an item of a %s runs code of its own" % name_of(kind))


def hold(frame_id, name, keys, text):
    # What DAP has are numbers for pydevd's own.
    frame_id = BaseSchema._dap_id_to_obj_id.get(frame_id)
    frames = pydevd.get_global_debugger().suspended_frames_manager
    thread = frames.get_thread_id_for_variable_reference(frame_id)
    frame = None if thread is None else frames.find_frame(thread, frame_id)
    tracker = None if thread is None else frames.get_frame_tracker(thread)
    if frame is None or tracker is None:
        raise Error("The frame is gone: the program has run on")
    value = look_up(frame, unicodedata.normalize("NFKC", name))
    for key in keys:
        value = item(value, key)
    holder = DAPGrouper("read")
    holder.contents_debug_adapter_protocol.append((text, value, lambda parent: parent))
    held = tracker.obtain_as_variable(text, holder, frame=frame).get_variable_reference()
    return BaseSchema._translate_id_to_dap(held)


def read(frame_id, name, keys, text):
    try:
        found = {"held": hold(frame_id, name, keys, text)}
    except Error as error:
        found = {"error": str(error)}
    except Code as error:
        found = {"code": str(error)}
    except Exception as error:
        found = {"error": "It could not be read: %s" % type(error).__name__}
    return json.dumps(found)


space["_breakroom_read"] = read
