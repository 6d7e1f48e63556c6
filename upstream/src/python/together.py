# A paused thread does one of the commands that wait for it, then waits for a signal, or 200 ms. Signals that came together are
# one: of evaluations that are asked for together, as editors do with their watches, all but the first few took 200 ms each.
# Here the signal stays as long as there is something else to do.
import pydevd


def stay(py_db):
    get = py_db.get_internal_queue_and_event

    def get_internal_queue_and_event(thread_id):
        queue, event = get(thread_id)
        if not hasattr(event, "_breakroom_clear"):
            keep(queue.queue, event)
        return queue, event

    py_db.get_internal_queue_and_event = get_internal_queue_and_event
    py_db._breakroom_together = True


def keep(waiting, event):
    clear = event._breakroom_clear = event.clear
    last = [None]

    def clear_but_for_more():
        clear()
        # What comes behind this sets it by itself. A command that can't be done here is put back: no reason to go on.
        first = waiting[0] if waiting else None
        if first is not None and first is not last[0]:
            event.set()
        last[0] = first

    event.clear = clear_but_for_more


py_db = pydevd.get_global_debugger()
if not hasattr(py_db, "_breakroom_together"):
    stay(py_db)
