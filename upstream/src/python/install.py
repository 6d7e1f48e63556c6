# Globals: answering, snap and entries (programs to run), space (the globals the last two run in). The answer is JSON.
import json

import pydevd

found = {"fresh": not hasattr(pydevd, "_breakroom"), "error": None}
answers = {"give": None}
try:
    exec(answering, answers)
    exec(snap, space)
    exec(entries, space)
except Exception as error:
    found["error"] = "%s: %s" % (type(error).__name__, error)
answer = json.dumps(found)
if answers["give"] is not None:
    answers["give"](answer)
    answer = None
