# Globals: most, longest, limit. The answer is JSON: a list of {"name", "path", "library"} for each loaded module with a file of
# Python's own; the program's come first. Nothing is imported, and no code of a module runs.
import json
import os
import sys
import sysconfig


def library_roots():
    paths = sysconfig.get_paths()
    roots = [paths.get(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # debugpy's own may be loaded from anywhere.
    pydevd = sys.modules.get("pydevd")
    roots.append(os.path.dirname(getattr(pydevd, "__file__", None) or "") or None)
    return [os.path.normcase(os.path.realpath(root)) + os.sep for root in roots if root]


def modules():
    roots = library_roots()
    seen = set()
    for name, module in list(sys.modules.items()):
        try:
            # Not getattr: that would load a lazy module.
            path = object.__getattribute__(module, "__dict__").get("__file__")
        except Exception:
            continue
        if type(name) is not str or type(path) is not str or path in seen:
            continue
        if not path.endswith((".py", ".pyi", ".pyw")) or len(path) > longest or not os.path.isabs(path):
            continue
        seen.add(path)
        place = os.path.normcase(path)
        parts = place.split(os.sep)
        library = "site-packages" in parts or "dist-packages" in parts or any(map(place.startswith, roots))
        yield {"name": name[:longest], "path": path, "library": library}


def listed():
    left = limit
    for one in sorted(modules(), key=lambda one: (one["library"], one["name"]))[:most]:
        text = json.dumps(one)
        left -= len(text)
        if left < 0:
            return
        yield text


answer = "[" + ",".join(listed()) + "]"
