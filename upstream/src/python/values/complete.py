# What can complete a text. pydevd's own request for it isn't used: it leaves a failing one without an answer, for ever.
import ast
import builtins
import inspect
import keyword
import re

COMPLETIONS = 300
KEYS = 100000  # Of a dict that is searched for a key.
NAME = r"[^\W\d]\w*"
# Names, and items by literals of what they name.
KEY = r"\[\s*(?:-?\d{1,9}|'[^'\\\n]*'|\"[^\"\\\n]*\")\s*\]"
TYPED = re.compile(r"((?:%s(?:%s)*\.)*)(%s)?$" % (NAME, KEY, NAME))
STEP = re.compile(r"(%s)|(%s)" % (KEY, NAME))


def kind_of(value):
    if isinstance(value, type):
        return "class"
    if inspect.ismodule(value):
        return "module"
    if inspect.isroutine(value):
        return "function"
    return "property" if isinstance(value, property) else "variable"


def item_of(value, key):
    """What builtin types have there: nothing of the program is asked."""
    if type(value) in (list, tuple) and type(key) is int:
        return value[key]
    if type(value) is dict and len(value) <= KEYS:
        for other, item in value.items():
            if type(other) is type(key) and other == key:
                return item
    raise LookupError(key)


def owner_of(text, space):
    value = MISSING
    for item, name in STEP.findall(text):
        if item:
            value = item_of(value, ast.literal_eval(item[1:-1].strip()))
        else:
            value = evaluated(name, space) if value is MISSING else getattr(value, name)
    return value


def attribute_kinds(owner):
    for name in dir(owner):
        kind = kind_of(inspect.getattr_static(owner, name, None))
        yield name, {"function": "method", "variable": "field"}.get(kind, kind)


def name_kinds(frame):
    found = dict.fromkeys(keyword.kwlist, "keyword")
    for space in (vars(builtins), frame.f_globals, frame.f_locals):
        found.update((name, kind_of(value)) for name, value in list(space.items()) if isinstance(name, str))
    return found.items()


def complete(frame_reference, text, column):
    space = sys._getframe(1).f_globals

    def run():
        before = text[:column]
        at = TYPED.search(before)
        owner, typed = at.groups()
        typed = typed or ""
        start = column - len(typed)
        prior = before[: at.start()][-1:]
        if prior.isdigit() or prior and prior in ".'\")]":
            return []  # Of what isn't a plain name: it isn't evaluated for this.
        if owner:
            try:
                found = attribute_kinds(owner_of(owner, space))
            except Exception:
                return []
        else:
            found = name_kinds(frame_of(frame_reference))
        wanted = typed.lower()
        fitting = [(name, kind) for name, kind in found if name.lower().startswith(wanted)]
        fitting.sort(key=lambda one: (not one[0].startswith(typed), len(one[0]) - len(one[0].lstrip("_")), one[0].lower()))
        return [
            {"label": name, "text": None, "kind": kind, "start": start, "length": len(typed)}
            for name, kind in fitting[:COMPLETIONS]
        ]

    return told(run)
