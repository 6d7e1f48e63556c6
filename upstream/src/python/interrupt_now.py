# Interrupts what a person's code runs in a paused thread, before it has had its time. The answer is JSON: whether anything does.
import json

import pydevd

answer = json.dumps(pydevd._breakroom_watch.now())
