# What a step returned belongs to the stop behind it. debugpy leaves it in the frame that was returned to, and would show it at each
# later stop there, as if it had just come.
import itertools

import pydevd
from _pydevd_bundle.pydevd_constants import RETURN_VALUES_DICT


def forget(debugger, thread_id):
    # Where something returned to is on top, or has called what is.
    frames = debugger.suspended_frames_manager.get_frames_list(thread_id) or ()
    for frame in itertools.islice(frames, 2):
        returned = frame.f_locals.get(RETURN_VALUES_DICT)
        if returned:
            returned.clear()


def on_thread_resume(self, thread_id, thread):
    try:
        forget(self._py_db(), thread_id)
    except Exception:
        pass  # It is shown for longer then.
    resumed(self, thread_id, thread)


notifying = pydevd.ThreadsSuspendedSingleNotification
if not hasattr(notifying, "_breakroom_returned"):
    resumed = notifying.on_thread_resume
    notifying.on_thread_resume = on_thread_resume
    notifying._breakroom_returned = True
