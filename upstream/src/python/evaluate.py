# Globals: text. The answer is JSON: {"value", "type"} or {"error"}.
#
# In a thread of its own, with a deadline: pydevd runs what belongs to no frame in the thread that everything else would wait for.
import ctypes
import json
import sys
import traceback

LIMIT = 1000000  # A response over 16,777,215 bytes would never arrive; escaped twice, a character may take 14.
LAST_WORDS = 2.0  # Seconds from the interrupt until it is left behind.
limit = 20.0


class Interrupted(KeyboardInterrupt):
    def __str__(self):
        return "it took longer than %g s and was interrupted" % limit


def run():
    space = sys.modules["__main__"].__dict__
    try:
        code = compile(text.strip(), "<evaluate>", "eval", dont_inherit=True)
    except SyntaxError:
        exec(compile(text, "<evaluate>", "exec", dont_inherit=True), space)
        return {"value": "", "type": ""}
    value = eval(code, space)
    shown = repr(value)
    if len(shown) > LIMIT:
        shown = shown[:LIMIT] + "\u2026"
    return {"value": shown, "type": type(value).__name__}


def outcome():
    try:
        return run()
    except BaseException as error:  # SystemExit too: it would end the debugger's thread.
        said = "".join(traceback.format_exception_only(type(error), error)).strip()
        return {"error": said[:LIMIT]}


def outcome_in_time():
    global limit
    import pydevd
    from _pydev_bundle._pydev_saved_modules import threading
    from _pydevd_bundle.pydevd_daemon_thread import PyDBDaemonThread

    limit = pydevd._breakroom_watch.limit
    given = []
    done = threading.Event()

    def work():
        ident.append(threading.get_ident())
        try:
            given.append(outcome())
        finally:
            done.set()

    ident = []
    PyDBDaemonThread(pydevd.get_global_debugger(), (work, (), {})).start()
    if not done.wait(limit):
        if ident:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident[0]), ctypes.py_object(Interrupted))
        if not done.wait(LAST_WORDS) and ident:
            pydevd._breakroom_take_back(ident[0])
    if given:
        return given[0]
    return {"error": "It took longer than %g s and could not be interrupted: it goes on in a thread of its own" % limit}


try:
    answer = json.dumps(outcome_in_time())
except (ImportError, AttributeError):  # Another pydevd than the ones we know: without a deadline then.
    answer = json.dumps(outcome())
