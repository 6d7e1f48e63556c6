# What can complete a text. pydevd's own request for it isn't used: it leaves a failing one without an answer, for ever.
import builtins
import inspect
import keyword
import re

COMPLETIONS = 300
TYPED = re.compile(r"((?:[^\W\d]\w*\.)*)([^\W\d]\w*)?$")


def kind_of(value):
    if isinstance(value, type):
        return "class"
    if inspect.ismodule(value):
        return "module"
    if inspect.isroutine(value):
        return "function"
    return "property" if isinstance(value, property) else "variable"


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
        owner, typed = TYPED.search(before).groups()
        typed = typed or ""
        start = column - len(typed)
        if not owner and start and before[start - 1] in ".'\"" or start and before[start - 1].isdigit():
            return []  # Of what isn't a plain name: it isn't evaluated for this.
        if owner:
            try:
                found = attribute_kinds(evaluated(owner[:-1], space))
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
