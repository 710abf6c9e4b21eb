"""Runs the tests with the clock moved: python -m tests.clock DAYS [TEST TO LEFT OUT]…"""

import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

import time_machine


def main(days: int, left_out: set[str]) -> int:
    """Runs all tests of this folder but those, and returns the exit code. One that is not there is an error."""
    with time_machine.travel(time.time() + days * 24 * 60 * 60, tick=True):
        modules = sorted(f"tests.{file.stem}" for file in Path(__file__).parent.glob("test_*.py"))
        found = {test.id().removeprefix("tests."): test for test in _each(unittest.defaultTestLoader.loadTestsFromNames(modules))}
        if unknown := left_out - found.keys():
            raise SystemExit(f"{', '.join(sorted(unknown))}: no such test; take it off the list in local/dates/leftout.go")
        suite = unittest.defaultTestLoader.suiteClass(test for name, test in found.items() if name not in left_out)
        return 0 if unittest.TextTestRunner(buffer=True).run(suite).wasSuccessful() else 1


def _each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _each(one)
        else:
            yield one


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), set(sys.argv[2:])))
