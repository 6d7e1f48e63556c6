# A repr is the program's code: it may be slow, raise, or wait for a lock that a paused thread holds. So one that isn't known to
# be harmless runs in a helper thread, with a deadline, and pydevd gets a placeholder where it isn't kept. Why another thread:
# there is no other way to give up waiting for a lock.
import contextvars
import ctypes
import os
import time
import weakref
from collections import OrderedDict, deque

import _thread
from _pydev_bundle._pydev_saved_modules import threading
from _pydevd_bundle import pydevd_resolver, pydevd_safe_repr, pydevd_suspended_frames
from _pydevd_bundle.pydevd_utils import DAPGrouper

PATIENCE = 0.3  # Seconds for one repr.
BUDGET = 1.0  # And for those of one request that miss their deadline, in all.
LEAST_PATIENCE = 0.05  # What a type gets that has missed it again and again.
STUCK_LIMIT = 16  # Helpers that may be busy with what nobody waits for any more.
STUCK_OF_TYPE = 3  # And of those with reprs of one type.
IDLE = 10.0  # A helper without work ends after so long.
VALUE_CHARS = 6200  # Two thirds of it are shown from the left: more than a participant gets to see.

FAST_TYPES = {
    int, float, complex, bool, str, bytes, bytearray, range, type(None), type(Ellipsis), type(NotImplemented), type,
    type(len), type(lambda: 0), type(os), type((lambda: 0).__code__),
}
# pydevd's own.
FAST_TYPES |= {DAPGrouper, pydevd_resolver.MoreItems, pydevd_resolver.MoreItemsRange}
OBJECT_REPR = object.__repr__


class TookTooLong(BaseException):
    pass


class Told:
    """What an evaluation of ours in a frame is to give: pydevd shows it uncut, as it is."""

    def __init__(self, text):
        self.text = text


class Job:
    __slots__ = ("call", "context", "lock", "done", "finished", "abandoned", "value", "error")

    def __init__(self, call):
        self.call = call
        # What the program sees as its context, such as the request that a web framework is busy with.
        self.context = contextvars.copy_context()
        self.lock = _thread.allocate_lock()
        self.done = _thread.allocate_lock()
        self.done.acquire()
        self.finished = self.abandoned = False
        self.value = self.error = None


# pydevd wraps what starts threads, to trace them.
start_thread = getattr(_thread, "_original_start_new_thread", _thread.start_new_thread)


class Helper:
    def __init__(self):
        self.wake = _thread.allocate_lock()
        self.wake.acquire()
        self.job = self.ident = None

    def run(self):
        try:
            self.ident = _thread.get_ident()
            self.work()
            # Until it has come, if it comes late: what it was for has ended meanwhile.
            for _ in range(100):
                pass
        except TookTooLong:
            pass
        stuck.pop(self, None)
        threading._active.pop(self.ident, None)

    def work(self):
        stop_tracing()
        while self.wake.acquire(timeout=IDLE) or not self.retire():
            if self.job is not None and not self.serve():
                return

    def retire(self):
        """Whether it may end: nobody has taken it from the idle ones meanwhile."""
        try:
            idle.remove(self)
            return True
        except ValueError:
            return False

    def serve(self):
        job, self.job = self.job, None
        try:
            job.value = job.context.run(job.call)
        except BaseException as error:
            job.error = error
        with job.lock:
            job.finished = True
            if job.abandoned:
                return False
        idle.append(self)
        job.done.release()
        return True


def stop_tracing():
    """Has pydevd neither trace, pause nor list this thread."""
    me = threading.current_thread()
    me.pydev_do_not_trace = me.is_pydev_daemon_thread = True
    try:
        from _pydevd_bundle.pydevd_constants import PYDEVD_USE_SYS_MONITORING

        if PYDEVD_USE_SYS_MONITORING:
            from _pydevd_sys_monitoring import pydevd_sys_monitoring

            pydevd_sys_monitoring.stop_monitoring(all_threads=False)
        else:
            import pydevd_tracing

            pydevd_tracing.SetTrace(None)
    except Exception:
        pass


idle = deque()
# By helper, the type whose repr it is busy with.
stuck = {}


def forget_helpers():
    # Threads don't survive a fork.
    idle.clear()
    stuck.clear()
    allowances.clear()


def is_busy(ident):
    """Whether a thread computes at this moment, where that can be told."""
    try:
        clock = time.pthread_getcpuclockid(ident)
        before = time.clock_gettime(clock)
        time.sleep(0.01)
        return time.clock_gettime(clock) - before > 0.001
    except (AttributeError, OSError, TypeError):
        return False


def within(call, seconds, kind=None):
    """Calls it elsewhere: ("value", it), ("error", the exception), ("late", None), or ("full", None): too many are stuck."""
    if len(stuck) >= STUCK_LIMIT or kind is not None and list(stuck.values()).count(kind) >= STUCK_OF_TYPE:
        return "full", None
    try:
        helper = idle.pop()
    except IndexError:
        helper = Helper()
        start_thread(helper.run, ())
    job = helper.job = Job(call)
    helper.wake.release()
    if not job.done.acquire(timeout=seconds):
        with job.lock:
            if not job.finished:
                job.abandoned = True
                stuck[helper] = kind
                if is_busy(helper.ident):
                    # Ends a loop. Never what waits: it could get a lock just then, and nobody would release it.
                    number, error = ctypes.c_ulong(helper.ident), ctypes.py_object(TookTooLong)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, error)
                return "late", None
    return ("value", job.value) if job.error is None else ("error", job.error)


class Budget:
    """What the request that is being served may still lose to reprs that miss their deadline."""

    left = BUDGET
    # What a person asks for by name gets its full time, however slow its type was before.
    patient = False


# By type, how long its reprs get, if they have missed their deadline before: a step isn't to wait 0.3 s each time.
allowances = weakref.WeakKeyDictionary()


def begin_request(patient=False):
    Budget.left = BUDGET
    Budget.patient = patient


def is_fast(value):
    kind = type(value)
    if kind in FAST_TYPES:
        return True
    if kind is tuple:
        return len(value) < 20 and all(type(item) in FAST_TYPES for item in value)
    try:
        return kind.__repr__ is OBJECT_REPR
    except Exception:
        return False


def described(value):
    try:
        return str(repr(value))
    except TookTooLong:
        raise
    except BaseException as error:
        name, why = type(error).__name__, ""
        try:
            why = ": " + str(error)[:500] if str(error) else ""
        except Exception:
            pass
        return "<%s: repr raised %s%s>" % (type(value).__name__, name, why)


def guarded_repr(value):
    """The value's repr, or what to show instead."""
    return repr(value) if is_fast(value) else guarded(value, lambda: described(value))


def guarded(value, describe):
    kind = type(value)
    name = kind.__name__
    if Budget.left <= 0:
        return "<%s: repr left out, as others took longer than %s s>" % (name, BUDGET)
    patience = PATIENCE if Budget.patient else allowances.get(kind, PATIENCE)
    patience = min(patience, max(Budget.left, LEAST_PATIENCE))
    before = time.monotonic()
    how, text = within(describe, patience, None if Budget.patient else kind)
    if how == "value":
        if kind in allowances:
            allowances.pop(kind, None)
        return text
    if how == "full":
        return "<%s: repr left out, as earlier ones still hang>" % name
    Budget.left -= time.monotonic() - before
    if how == "error":
        return "<%s: repr raised %s>" % (name, type(text).__name__)
    allowances[kind] = max(patience / 2, LEAST_PATIENCE)
    return "<%s: repr took longer than %s s>" % (name, round(patience, 2))


CONTAINERS = (list, tuple, dict, set, frozenset, deque, OrderedDict)
READING = ("__iter__", "__len__", "__getitem__")


def is_read_by_the_program(value):
    """Whether reading a container runs the program's code."""
    kind = type(value)
    if kind in CONTAINERS or not isinstance(value, CONTAINERS):
        return False
    return any(isinstance(getattr(kind, name, None), type(described)) for name in READING)


def install():
    safe_repr = pydevd_safe_repr.SafeRepr
    plain_repr = safe_repr._repr

    def _repr(self, obj, level):
        if is_read_by_the_program(obj):
            return (guarded(obj, lambda: "".join(plain_repr(self, obj, level))),)
        return plain_repr(self, obj, level)

    plain_repr_obj = safe_repr._repr_obj

    def _repr_obj(self, obj, level, limit_inner, limit_outer):
        if type(obj) is Told:
            return (obj.text,)
        if self.raw_value or is_fast(obj) or (self.convert_to_hex and isinstance(obj, int)):
            return plain_repr_obj(self, obj, level, limit_inner, limit_outer)
        text = guarded_repr(obj)
        limit = limit_inner if level > 0 else limit_outer
        if len(text) <= limit:
            return (text,)
        return (text[: max(1, int(2 * limit / 3))], "...", text[-max(1, int(limit / 3)) :])

    plain_key_to_str = pydevd_resolver.DictResolver.key_to_str

    def key_to_str(self, key, fmt=None):
        if is_fast(key) or fmt is not None and fmt.get("hex", False):
            return plain_key_to_str(self, key, fmt)
        return guarded_repr(key)

    def beginning(method, patient):
        def begins(self, *args, **kwargs):
            begin_request(patient)
            return method(self, *args, **kwargs)

        return begins

    objects, frames = pydevd_suspended_frames._ObjectVariable, pydevd_suspended_frames._FrameVariable
    tracker = pydevd_suspended_frames._FramesTracker
    new = (
        (safe_repr, "_repr", _repr),
        (safe_repr, "_repr_obj", _repr_obj),
        # All values of one answer have to fit into the 16 MiB beyond which debugpy loses it.
        (safe_repr, "maxstring_outer", VALUE_CHARS),
        (safe_repr, "maxother_outer", VALUE_CHARS),
        (pydevd_resolver.DictResolver, "key_to_str", key_to_str),
        (objects, "get_children_variables", beginning(objects.get_children_variables, False)),
        (frames, "get_children_variables", beginning(frames.get_children_variables, False)),
        (tracker, "obtain_as_variable", beginning(tracker.obtain_as_variable, True)),
    )
    for where, name, what in new:
        setattr(where, name, what)
    os.register_at_fork(after_in_child=forget_helpers)


import pydevd

if not getattr(pydevd, "_breakroom_guard", False):
    install()
    pydevd._breakroom_guard = True
