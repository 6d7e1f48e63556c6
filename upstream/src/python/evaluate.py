# Globals: text. The answer is JSON: {"value", "type"} or {"error"}.
import json
import sys
import traceback

LIMIT = 1000000  # A response over 16,777,215 bytes would never arrive; escaped twice, a character may take 14.


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


try:
    answer = json.dumps(run())
except BaseException as error:  # SystemExit too: it would end the debugger's thread.
    answer = json.dumps({"error": "".join(traceback.format_exception_only(type(error), error)).strip()[:LIMIT]})
