# What threads and asyncio tasks do. Looks only: nothing of the program runs but reprs of what tasks wait for, guarded.
import gc
import inspect
import sys

from _pydev_bundle._pydev_saved_modules import threading
from _pydevd_bundle.pydevd_constants import get_thread_id
import pydevd_file_utils

TASKS = 500
AWAITS = 20
FRAMES_LOOKED_AT = 2000
WAITS_FOR = 200


def code_place(frame):
    code = frame.f_code
    path = None
    if not code.co_filename.startswith("<"):
        path = pydevd_file_utils.get_abs_path_real_path_and_base_from_frame(frame)[0]
        path = pydevd_file_utils.map_file_to_client(path)[0]
    return {"function": getattr(code, "co_qualname", code.co_name), "path": path, "line": max(frame.f_lineno or 1, 1)}


def is_of_program(debugger, frame):
    try:
        if debugger.get_file_type(frame) is not None:
            return False
        return debugger.in_project_scope(frame)
    except Exception:
        return False


def program_place(debugger, frame):
    for _ in range(FRAMES_LOOKED_AT):
        if frame is None:
            return None
        if is_of_program(debugger, frame):
            return code_place(frame)
        frame = frame.f_back


def thread_activity(debugger, frames):
    manager = debugger.suspended_frames_manager
    found = []
    for thread in debugged_threads():
        number = get_thread_id(thread)
        tracker = manager.get_frame_tracker(number)
        held = manager.get_frames_list(number) if tracker is not None else None
        frame = next(iter(held), None) if held else frames.get(thread.ident)
        found.append(
            {
                "id": BaseSchema._translate_id_to_dap(number),
                "held": held is not None,
                "place": program_place(debugger, frame),
            }
        )
    return found


def debugged_threads():
    listed = threading.enumerate()
    return [one for one in listed if not getattr(one, "is_pydev_daemon_thread", False) and one.is_alive()]


def all_tasks(asyncio, frames):
    """Every task that isn't done, of every loop, whichever thread runs it, if one does."""
    found = {}
    tasks = asyncio.tasks
    for name in ("_all_tasks", "_scheduled_tasks", "_eager_tasks"):
        for _ in range(3):
            try:
                members = list(getattr(tasks, name, ()))
                break
            except RuntimeError:  # A thread that isn't paused makes new ones.
                members = []
        found.update((id(task), task) for task in members)
    # From 3.14 on, native tasks are listed by loop only.
    for loop in running_loops(asyncio, frames):
        try:
            found.update((id(task), task) for task in asyncio.all_tasks(loop))
        except Exception:
            pass
    return [task for task in found.values() if not task.done()]


def running_loops(asyncio, frames):
    loops = {}
    for frame in list(frames.values()):
        for _ in range(FRAMES_LOOKED_AT):
            if frame is None:
                break
            code = frame.f_code
            if code.co_name in ("run", "run_forever", "run_until_complete", "_run_once") and "self" in code.co_varnames[:1]:
                owner = frame.f_locals.get("self")
                for one in (owner, getattr(owner, "_loop", None)):
                    if isinstance(one, asyncio.AbstractEventLoop):
                        loops[id(one)] = one
            frame = frame.f_back
    return list(loops.values())


def awaits(coroutine):
    """Frames from a coroutine to where it waits, outermost first."""
    chain = []
    seen = set()
    while coroutine is not None and id(coroutine) not in seen and len(chain) < AWAITS:
        seen.add(id(coroutine))
        for frame, inner in (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await")):
            if hasattr(coroutine, frame):
                if getattr(coroutine, frame) is not None:
                    chain.append(getattr(coroutine, frame))
                coroutine = getattr(coroutine, inner)
                break
        else:
            # What an async generator is awaited by doesn't say whose it is, but refers to it.
            referents = gc.get_referents(coroutine) if type(coroutine).__name__.startswith("async_gen") else ()
            coroutine = next((one for one in referents if inspect.isasyncgen(one)), None)
    return chain


def running_frames(frame, outermost):
    """Frames of a task that runs: those that a thread is in, from its coroutine's on."""
    chain = []
    for _ in range(FRAMES_LOOKED_AT):
        if frame is None:
            return []
        if pydevd.get_global_debugger().get_file_type(frame) is None:
            chain.append(frame)
        if frame is outermost:
            return chain[::-1][:AWAITS]
        frame = frame.f_back
    return []


def task_activity(asyncio, task, current, threads, frames):
    loop = task.get_loop()
    coroutine = task.get_coro()
    thread = threads.get(getattr(loop, "_thread_id", None))
    waiter = getattr(task, "_fut_waiter", None)
    stack = []
    if task is current:
        state = "running"
        outermost = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        for ident, frame in frames.items():
            stack = running_frames(frame, outermost) if outermost is not None else []
            if stack:
                thread = threads.get(ident, thread)
                break
    else:
        state = "waiting" if waiter is not None and not waiter.done() else "ready"
        stack = awaits(coroutine)
    waits_for = None
    if state == "waiting":
        waits_for = guarded_repr(waiter)
        if len(waits_for) > WAITS_FOR:
            waits_for = waits_for[: WAITS_FOR - 1] + "\u2026"
    name = getattr(coroutine, "__qualname__", None) or type(coroutine).__name__
    return {
        "name": str(task.get_name())[:WAITS_FOR],
        "coroutine": str(name),
        "state": state,
        "waits_for": waits_for,
        "stack": [code_place(frame) for frame in stack],
        "thread": thread,
    }


def tasks_activity(asyncio, frames):
    threads = {one.ident: BaseSchema._translate_id_to_dap(get_thread_id(one)) for one in debugged_threads()}
    tasks = all_tasks(asyncio, frames)
    loops = {id(task.get_loop()): task.get_loop() for task in tasks}
    current = {number: current_task(asyncio, loop) for number, loop in loops.items()}
    key = lambda task: (current[id(task.get_loop())] is not task, natural(task.get_name()))
    found = []
    for task in sorted(tasks, key=key)[:TASKS]:
        try:
            found.append(task_activity(asyncio, task, current[id(task.get_loop())], threads, frames))
        except Exception as error:
            name = error_text(error)
            found.append({"name": name, "coroutine": "", "state": "ready", "waits_for": None, "stack": [], "thread": None})
    return found, len(tasks)


def natural(name):
    """`Task-2` goes before `Task-10`."""
    head, _, tail = str(name).rpartition("-")
    return (head, int(tail)) if tail.isdigit() else (str(name), 0)


def current_task(asyncio, loop):
    try:
        return asyncio.current_task(loop)
    except Exception:
        return None


def activity():
    debugger = pydevd.get_global_debugger()
    frames = sys._current_frames()
    tasks, total = [], 0
    asyncio = sys.modules.get("asyncio")
    if hasattr(asyncio, "tasks"):
        try:
            tasks, total = tasks_activity(asyncio, frames)
        except Exception as error:
            # asyncio's insides may change: threads are told all the same.
            sys.modules["pydevd"]._breakroom_trouble = error_text(error)
    return {"threads": thread_activity(debugger, frames), "tasks": tasks, "total_tasks": total}


def adopt(thread):
    """Makes the frames of a thread that isn't paused readable, as it is in native code: pydevd registers only paused ones'.

    What is asked of them is then served by the paused thread. True: it needs no help.
    """
    debugger = pydevd.get_global_debugger()
    manager = debugger.suspended_frames_manager
    number = BaseSchema._translate_id_from_dap(thread)
    if manager.get_frame_tracker(number) is not None:
        return True
    tracker = next(iter(manager._thread_id_to_tracker.values()), None)
    found = next((one for one in debugged_threads() if get_thread_id(one) == number), None)
    frame = sys._current_frames().get(found.ident) if found is not None else None
    for _ in range(FRAMES_LOOKED_AT):
        if frame is None or tracker is None:
            break
        # Among its variables only: among its frames it would be looked for when that thread is paused after all.
        pydevd_suspended_frames._FrameVariable(debugger, frame, tracker._register_variable)
        frame = frame.f_back
    return False
