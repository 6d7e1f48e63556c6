# The answer is JSON: {"counts": by entry, how often a snap point was passed without a capture since that was told last,
# "more": whether there will be more to tell}.
import json

import pydevd

answer = json.dumps(pydevd._breakroom.passed())
