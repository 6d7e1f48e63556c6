# debugpy has the `raised` filter stop anew in each frame that an exception passes. pydevd can do better, DAP can't say it.
import pydevd

for breakpoint in pydevd.get_global_debugger().break_on_caught_exceptions.values():
    breakpoint.notify_on_first_raise_only = True
answer = ""
