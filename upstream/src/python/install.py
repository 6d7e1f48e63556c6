# Globals: snap and entries (programs to run), space (the globals they run in). The answer is JSON.
import json

import pydevd

found = {"fresh": not hasattr(pydevd, "_breakroom"), "error": None}
try:
    exec(snap, space)
    exec(entries, space)
except Exception as error:
    found["error"] = "%s: %s" % (type(error).__name__, error)
answer = json.dumps(found)
