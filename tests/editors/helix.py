"""Helix as a guest by `breakroom join --stdio`: a breakpoint, where it stops, its variables, a refused `continue`, leaving.

Helix has no way to be asked from outside, so it runs in a terminal here, and what it shows is read from the screen.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import struct
import sys
import termios
import time

import pyte

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS, COLUMNS = 40, 160
VALUE = r"number: int = (\d+)"
# As docs/editors.md has it.
LANGUAGES = f'''[[language]]
name = "python"

[language.debugger]
name = "breakroom"
transport = "stdio"
command = "{ROOT}/target/debug/breakroom"
args = ["join", "{os.environ["INVITE"]}", "--stdio"]

[[language.debugger.templates]]
name = "join"
request = "attach"
completion = []
args = {{}}
'''


def main():
    folder = pathlib.Path(os.environ["FOLDER"])
    config = folder / "config/helix"
    config.mkdir(parents=True)
    (config / "languages.toml").write_text(LANGUAGES)
    command = [*shlex.split(os.environ.get("HX", "hx")), f"{os.environ['FILE']}:{os.environ['PARENT_LINE']}"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", XDG_CONFIG_HOME=str(folder / "config"), HOME=str(folder))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)

    def shows(what, pattern):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            text = "\n".join(screen.display)
            hit = re.search(pattern, text)
            if hit:
                return hit
            if select.select([terminal], [], [], 0.1)[0]:
                stream.feed(os.read(terminal, 65536))
        print("NOT SEEN:", what)
        print("\n".join(line.rstrip() for line in screen.display if line.strip()))
        sys.exit(1)

    def gone(pattern):
        until = time.monotonic() + 20
        while re.search(pattern, "\n".join(screen.display)) and time.monotonic() < until:
            if select.select([terminal], [], [], 0.1)[0]:
                stream.feed(os.read(terminal, 65536))

    def types(keys):
        os.write(terminal, keys.encode())

    def leaves_the_menu():
        """It stays by itself; an escape right before a key would be Alt."""
        types("\x1b")
        gone("Debug .experimental")

    def chooses(key):
        if "Debug (exp" not in "\n".join(screen.display):
            types(" G")
        shows("the debug menu", "Debug .experimental")
        types(key)

    line = os.environ["PARENT_LINE"]
    shows("the file", rf"{line} .*number \+= 1")
    chooses("b")
    shows("its breakpoint", rf"◯ *{line} ")
    leaves_the_menu()
    types(":debug-start join\r")
    hit = shows("where it is", r"(Thread[^\n]*stopped[^\n]*)")
    print(f"AT app.py line {line}:", hit.group(1).strip())
    chooses("v")
    at_first = shows("its variables", VALUE).group(1)
    print("VARIABLES number", at_first)
    types("\x1b")
    gone(VALUE)
    # Refused, as somebody else drives. The sentence is gone at once, under the stop that is told again; that it is the
    # same stop, the value says.
    chooses("c")
    chooses("v")
    print("KEPT" if shows("its variables again", VALUE).group(1) == at_first else "RAN ON")
    types("\x1b")
    gone(VALUE)
    chooses("t")
    leaves_the_menu()
    types(":q!\r")
    os.waitpid(pid, 0)


main()
