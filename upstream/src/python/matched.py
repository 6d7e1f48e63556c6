# Globals: line. The answer is JSON: the entries that stopped the program there last; null: not known.
import json

import pydevd

answer = json.dumps(pydevd._breakroom.matched.get(line))
