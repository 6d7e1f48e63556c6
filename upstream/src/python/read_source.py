# Globals: path, roots, named_by_frame, limit. The answer's first character says what the rest is:
# T the text, N not of the program, U why it is unreadable.
import io
import json
import os
import stat
import sys
import tokenize


def module_files():
    for module in list(sys.modules.values()):
        try:
            # Not getattr: that would load a lazy module.
            name = object.__getattribute__(module, "__dict__").get("__file__")
        except Exception:
            continue
        if type(name) is str:
            yield name


def is_of_program(real):
    if named_by_frame:
        return True
    for root in roots:
        if os.path.isabs(root) and real.startswith(os.path.realpath(root).rstrip(os.sep) + os.sep):
            return True
    names = list(module_files())
    if path in names:
        return True
    base = os.path.basename(real)
    return any(os.path.realpath(name) == real for name in names if os.path.basename(name) == base)


def read(real):
    # Looked at before it is opened, as opening a pipe or a device may block or act; then again, as it may have changed.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(os.stat(real).st_mode):
        return "Uit is not a regular file"
    with open(os.open(real, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return "Uit is not a regular file"
        data = file.read(limit + 1)
    if len(data) > limit:
        return "Uit is larger than %d bytes" % limit
    # As tokenize.open does, but with the newlines left as they are.
    text = data.decode(tokenize.detect_encoding(io.BytesIO(data).readline)[0])
    text.encode("utf-8")
    # A response over 16,777,215 bytes would never arrive.
    if len(text) * 6 > 15000000 and len(json.dumps(text)) > 15000000:
        return "Uit is too large to be sent"
    return "T" + text


def find_and_read():
    try:
        if not os.path.isabs(path):
            return "N"
        real = os.path.realpath(path)
        if not is_of_program(real):
            return "N"
    except (OSError, ValueError):
        return "N"
    try:
        return read(real)
    except OSError as error:
        return "U" + (error.strerror or type(error).__name__)
    except (SyntaxError, ValueError, LookupError) as error:
        return "Uit is not text in its encoding (%s)" % str(error).encode("ascii", "replace").decode()


answer = find_and_read()
