#!/usr/bin/env python3
"""Runs debugpy's own tests of attaching, directly and through Breakroom, and compares.

    python3 tests/debugpy/run.py CHECKOUT [PYTEST ARGUMENT ...]

CHECKOUT is a clone of debugpy's repository, as its packages have no tests. What the tests need is installed from PyPI into
target/venvs/debugpy-tests; the binary is target/debug/breakroom. Ends with 1 if a test that passes directly fails through us.
"""

import os
import pathlib
import subprocess
import sys
import venv
import xml.etree.ElementTree as tree

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"
VENV = TARGET / "venvs" / "debugpy-tests"
NEEDS = (
    "debugpy==1.8.22 pytest pytest-xdist pytest-timeout pytest-retry pytest-cov psutil untangle importlib_metadata "
    "django flask gevent numpy requests typing_extensions"
).split()


def results(checkout, name, more, plugin):
    """Outcomes by test."""
    report = TARGET / f"debugpy-tests-{name}.xml"
    path = os.pathsep.join([str(checkout), str(HERE)])
    command = [VENV / "bin" / "python", "-m", "pytest", "tests/debugpy", "-o", "addopts=", "-q", "--timeout", "60"]
    command += ["--ignore", "tests/debugpy/adapter", "--ignore", "tests/debugpy/server", "--ignore", "tests/debugpy/common"]
    command += ["-k", "attach_connect", "--junitxml", report, *plugin, *more]
    environment = {**os.environ, "PYTHONPATH": path, "BREAKROOM": str(TARGET / "debug" / "breakroom")}
    with open(TARGET / f"debugpy-tests-{name}.log", "w") as log:
        subprocess.run(command, cwd=checkout, env=environment, stdout=log, stderr=subprocess.STDOUT)
    found = {}
    for case in tree.parse(report).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        outcome = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    counts = {outcome: list(found.values()).count(outcome) for outcome in ("passed", "failed", "skipped")}
    print(f"{name}: {counts}", flush=True)
    return found


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    checkout, more = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    if not VENV.exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", *NEEDS], check=True)
    direct = results(checkout, "directly", more, [])
    through = results(checkout, "through", more, ["-p", "through"])
    worse = sorted(test for test, outcome in direct.items() if outcome == "passed" and through.get(test) != "passed")
    for test in worse:
        print(f"passes directly, not through us: {test}")
    sys.exit(1 if worse or not direct else 0)


if __name__ == "__main__":
    main()
