# Globals: limit (seconds). Interrupts a person's code that takes longer in a thread that is paused, which nothing else can be
# asked of meanwhile. It has to be armed beforehand: an evaluation is answered apart from other requests, but whoever waits for
# a thread's variables keeps debugpy's adapter from everything else.
#
# The main thread gets a signal that programs don't use and that does nothing by itself (SIGURG), as only that ends a sleep, a
# lock's wait or a read; SIGINT would be the program's own business (asyncio and Home Assistant end by it). Other threads
# can only be interrupted between two instructions. A thread that is in native code notices neither.
import ctypes
import functools
import os
import signal

import pydevd
from _pydev_bundle._pydev_saved_modules import threading, time
from _pydevd_bundle import pydevd_api, pydevd_daemon_thread
from _pydevd_bundle._debug_adapter import pydevd_schema
from _pydevd_bundle._debug_adapter.pydevd_base_schema import BaseSchema
from _pydevd_bundle.pydevd_comm_constants import CMD_RETURN
from _pydevd_bundle.pydevd_net_command import NetCommand

GUARDED = (
    "internal_evaluate_expression_json",
    "internal_set_expression_json",
    "internal_change_variable_json",
    "internal_get_variable_json",
)
TURN = 0.25  # Seconds between two looks.
AGAIN = 1.0  # What catches the first interrupt and goes on is interrupted again after so long …
TIMES = 5  # … and so often.
TAKEN = 0.1  # Seconds within which a thread that runs takes it.
LATE = 0.5  # Seconds; what is shown to be late has run for longer.


def raise_in(ident, what):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), what)


def take_back(ident):
    """Unsays an interrupt that the thread doesn't take, as it sleeps."""
    raise_in(ident, None)
    # Up to Python 3.11 this leaves a mark that is only erased by taking one, and with which other threads spin for ever.
    try:
        raise_in(threading.get_ident(), ctypes.py_object(Interrupted))
        for _ in range(1000):
            pass
    except Interrupted:
        pass


class Interrupted(KeyboardInterrupt):
    def __str__(self):
        return "it took longer than %g s and was interrupted" % watch.limit


class InterruptedNow(Interrupted):
    def __str__(self):
        return "it was interrupted"


class Armed:
    __slots__ = ("frame", "since", "due", "times", "signal", "what")

    def __init__(self, frame, since, limit):
        self.frame = frame
        self.since = since
        self.due = since + limit
        self.times = 0
        self.signal = False
        self.what = Interrupted


class Watch:
    def __init__(self):
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.some = threading.Event()
        self.armed = {}
        self.limit = 0.0

    def start(self):
        debugger = pydevd.get_global_debugger()
        pydevd_daemon_thread.run_as_pydevd_daemon_thread(debugger, self.run)

    def run(self):
        while True:
            self.some.wait()
            self.some.clear()
            while self.armed:
                time.sleep(TURN)
                self.look(time.time())

    def look(self, now):
        with self.lock:
            # Others are armed meanwhile, but none is disarmed.
            for ident, armed in list(self.armed.items()):
                if armed.due <= now and armed.times < TIMES:
                    armed.times += 1
                    armed.due = now + AGAIN
                    self.interrupt(ident, armed)

    def interrupt(self, ident, armed):
        if armed.signal:
            signal.pthread_kill(ident, signal.SIGURG)
            return
        raise_in(ident, ctypes.py_object(armed.what))
        time.sleep(TAKEN)
        take_back(ident)

    def now(self, frame):
        """Nobody wants to wait until what runs there has had its time. Says whether there was anything."""
        with self.lock:
            # What began a moment ago isn't what somebody saw run.
            late = [armed for armed in list(self.armed.values()) if time.time() - armed.since > LATE]
            if frame is not None:
                frame = BaseSchema._dap_id_to_obj_id.get(frame, 0)
                late = [armed for armed in late if armed.frame == frame]
            if not late:
                return False
            armed = min(late, key=lambda armed: armed.since)
            armed.due = 0.0
            armed.times = 0
            armed.what = InterruptedNow
        return True

    def arm(self, ident, frame):
        armed = self.armed[ident] = Armed(frame, time.time(), self.limit)
        self.some.set()
        return armed

    def disarm(self, ident, armed):
        with self.lock:
            if self.armed.pop(ident, None) is not None and armed.times and not armed.signal:
                # One that is on its way must not hit the program.
                take_back(ident)


pydevd._breakroom_take_back = take_back


def on_signal(_number, _frame):
    armed = watch.armed.get(threading.get_ident())
    if armed is not None and armed.times:
        raise armed.what()


def is_free(ident):
    """Whether the main thread can be had by the signal: the program has no handler of its own."""
    try:
        return ident == threading.main_thread().ident and signal.getsignal(signal.SIGURG) == signal.SIG_DFL
    except Exception:
        return False


def refuse(debugger, request, error):
    message = "%s: %s" % (type(error).__name__, error)
    response = pydevd_schema.Response(request.seq, False, request.command, message=message, body={})
    debugger.writer.add_command(NetCommand(CMD_RETURN, 0, response, is_json=True))


def run_armed(original, debugger, request, args, kwargs):
    ident = threading.get_ident()
    if ident in watch.armed or getattr(threading.current_thread(), "pydev_do_not_trace", False):
        # Within another one, which is watched over; or pydevd's own thread, where only we evaluate, with deadlines.
        return original(debugger, request, *args, **kwargs)
    armed = watch.arm(ident, getattr(request.arguments, "frameId", None))
    if is_free(ident):
        signal.signal(signal.SIGURG, on_signal)
        armed.signal = True
    try:
        return original(debugger, request, *args, **kwargs)
    except BaseException as error:  # SystemExit too: nobody else would answer.
        watch.disarm(ident, armed)
        refuse(debugger, request, error)
    finally:
        while True:
            try:
                watch.disarm(ident, armed)
                if armed.signal:
                    signal.signal(signal.SIGURG, signal.SIG_DFL)
                break
            except Interrupted:
                # At the very end; now it is disarmed, or will be.
                continue


def guarded(original):
    @functools.wraps(original)
    def guard(debugger, request, *args, **kwargs):
        try:
            return run_armed(original, debugger, request, args, kwargs)
        except Interrupted:
            # What it was for is over: the program must not see it.
            watch.armed.pop(threading.get_ident(), None)

    guard._breakroom_original = original
    return guard


watch = getattr(pydevd, "_breakroom_watch", None)
if watch is None or watch.pid != os.getpid():
    # In a child by fork, the parent's is there without its thread.
    watch = pydevd._breakroom_watch = Watch()
    for name in GUARDED:
        original = getattr(pydevd_api, name)
        setattr(pydevd_api, name, guarded(getattr(original, "_breakroom_original", original)))
    watch.start()
watch.limit = limit
