"""Runs the tests with the clock moved: python -m tests.clock DAYS [MODULE TO LEFT OUT]…"""

import sys
import time
import unittest
from pathlib import Path

import time_machine


def main(days: int, left_out: list[str]) -> int:
    """Runs all test modules of this folder but those, and returns the exit code. A module that is not there is an error."""
    modules = {file.stem for file in Path(__file__).parent.glob("test_*.py")}
    if unknown := set(left_out) - modules:
        raise SystemExit(f"{', '.join(sorted(unknown))}: no such test module; take it off the list in local/dates/leftout.go")
    with time_machine.travel(time.time() + days * 24 * 60 * 60, tick=True):
        suite = unittest.defaultTestLoader.loadTestsFromNames(f"tests.{module}" for module in sorted(modules - set(left_out)))
        return 0 if unittest.TextTestRunner().run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
