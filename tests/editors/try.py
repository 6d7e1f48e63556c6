#!/usr/bin/env python3
"""Tries a real editor with a real session: `tests/editors/try.py nvim|vscode|emacs|dape|helix [--beside]`.

Starts a program with a child process under debugpy, shares it, and lets the editor's script here attach to the host's
port, with a breakpoint of its own: alone, so that it is on the wire to debugpy, or after somebody else's with `--beside`, as all
guests' are (Helix always: it is a guest by `join --stdio`). The script prints what the editor saw, a line each; what must be among it is here.
Needs the debug build of `breakroom` and the venv that `cargo xtask setup debugpy` makes; and for

    nvim    Neovim 0.10 or newer as `nvim` or in NVIM, and nvim-dap's folder in NVIM_DAP
    vscode  `npm install @vscode/debugadapter-testsupport` in a folder that NODE_PATH names
    emacs   Debian's emacs-nox and elpa-dap-mode
    dape    Debian 13's emacs-nox and elpa-dape, in EMACS if it isn't `emacs` (`chroot FOLDER emacs` is fine)
    helix   Debian 13's hx, in HX if it isn't `hx`; and a Python with pyte in PYTE
"""

import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = '''import multiprocessing
import time

def child():
    number = 0
    while multiprocessing.parent_process().is_alive():
        number += 1
        time.sleep(0.02)

def parent():
    number = 100
    while True:
        number += 1
        time.sleep(0.02)

if __name__ == "__main__":
    time.sleep(1)
    multiprocessing.get_context("fork").Process(target=child, daemon=True).start()
    parent()
'''
PARENT_LINE = 13
CHILD_LINE = 7

# What the editor must have said, in any order.
EXPECTED = {
    "nvim": [
        r"SET .*\"verified\":true",
        rf"FRAME Breakroom parent \S*app.py {PARENT_LINE}",
        r"EVAL Breakroom 1\d\d",
        rf"FRAME Subprocess \d+ child \S*app.py {CHILD_LINE}",
        r"SESSIONS 2",
    ],
    "vscode": [
        r"SET .*true",
        rf"FRAME Breakroom parent \S*app.py {PARENT_LINE}",
        r"HOVER 1\d\d",
        r"COMPLETED number",
        r"START attach Subprocess \d+",
        r"REFUSED terminate",
    ],
    "emacs": [rf"FRAME parent \S*app.py {PARENT_LINE}", r"LOCAL number = 1\d\d"],
    "dape": [
        rf"FRAME parent \S*app.py {PARENT_LINE}",
        r"VALUE parent 1\d\d",
        rf"FRAME child \S*app.py {CHILD_LINE}",
        r"VALUE child \d",
        r"SESSIONS 2",
    ],
}
EXPECTED["helix"] = [
    rf"AT app.py line {PARENT_LINE}",
    r"VARIABLES number 1\d\d",
    r"KEPT",
]
# What only those who are on no wire are told.
TOLD = {"nvim": [r"CONSOLE Breakroom Breakroom: you are in"], "dape": [r"Breakroom: you are in"]}


def command(editor):
    if editor == "nvim":
        return [os.environ.get("NVIM", "nvim"), "--headless", "-u", "NONE", "-i", "NONE", "-S", str(HERE / "nvim.lua")]
    if editor == "vscode":
        return ["node", str(HERE / "vscode.cjs")]
    if editor == "helix":
        return [os.environ.get("PYTE", sys.executable), str(HERE / "helix.py")]
    emacs = shlex.split(os.environ.get("EMACS", "emacs"))
    return [*emacs, "--batch", "-l", str(HERE / ("dape.el" if editor == "dape" else "emacs.el"))]


def lines_of(process, found, *patterns):
    """Reads on in a thread, so that nobody blocks; `found` is set once each pattern was met. Gives what it was met with."""
    met = {}

    def read():
        for line in process.stdout:
            for pattern in patterns:
                hit = re.search(pattern, line)
                if hit:
                    met.setdefault(pattern, hit.group(1))
            if len(met) == len(patterns):
                found.set()

    threading.Thread(target=read, daemon=True).start()
    return met


def somebody_else(port):
    """Attaches by plain DAP, and stays until this is closed."""
    connection = socket.create_connection(("127.0.0.1", port))
    replies = connection.makefile("rb")

    def does(number, command, wait, **arguments):
        request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        while True:
            length = int(replies.readline().split(b":")[1])
            replies.readline()
            message = json.loads(replies.read(length))
            if message.get("event", message.get("command")) == wait:
                return

    does(1, "initialize", "initialize", adapterID="debugpy")
    does(2, "attach", "initialized")
    does(3, "configurationDone", "attach")
    return connection


def main():
    editor, beside = sys.argv[1], "--beside" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder).resolve() / "app.py"
        script.write_text(PROGRAM)
        python = ROOT / "target/venvs/debugpy/bin/python"
        port = "56%02d" % (os.getpid() % 100)
        program = subprocess.Popen(
            [python, "-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client", str(script)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server = other = None
        try:
            # The kernel's table says when it listens: a connection that closes again would break debugpy.
            wanted = ":%04X" % int(port)
            while not any(wanted in line and " 0A " in line for line in open("/proc/net/tcp")):
                program.poll() is None or sys.exit("the program ended")
            server = subprocess.Popen(
                [ROOT / "target/debug/breakroom", "share", f"127.0.0.1:{port}", "--listen", "127.0.0.1:0",
                 "--data", folder + "/data", "--editor", "127.0.0.1:0"],
                stdout=subprocess.PIPE, text=True)
            found = threading.Event()
            port_of, invite_of = r"LISTENING \S+ (\d+)", r"(http\S+#invite=\S+)"
            met = lines_of(server, found, port_of, invite_of)
            found.wait(20) or sys.exit("no port for editors, or no link")
            other = somebody_else(int(met[port_of])) if beside or editor == "helix" else None
            environment = dict(os.environ, PORT=met[port_of], INVITE=met[invite_of], FILE=str(script), FOLDER=folder,
                               PARENT_LINE=str(PARENT_LINE), CHILD_LINE=str(CHILD_LINE))
            ran = subprocess.run(command(editor), env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
            said = ran.stdout + ran.stderr
            print(said)
            expected = EXPECTED[editor] + (TOLD.get(editor, []) if beside else [])
            missing = [pattern for pattern in expected if not re.search(pattern, said)]
            program.poll() is None or sys.exit("the program ended: an editor that leaves ends nothing")
            sys.exit(f"{editor} did not say {missing}" if missing else 0)
        finally:
            if other:
                other.close()
            for process in (server, program):
                if process:
                    process.terminate()
                    process.wait(20)


main()
