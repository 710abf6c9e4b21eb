"""What tests need of the machine; the twin of Go's package machinetest. Nothing else here skips a test."""

import os
import unittest
from typing import NoReturn


def lacks(what: str) -> NoReturn:
    """Skips a test because of what the machine lacks; fails it where CI is set, as there it would pass for proof."""
    if os.environ.get("CI"):
        raise AssertionError(f"{what}; where CI is set no test is skipped")
    raise unittest.SkipTest(what)
