"""What is missing fails a test where CI is set. That Docker's tests ask, their own run without a daemon shows."""

import os
import unittest
from unittest import mock

from tests import machine


class Lacks(unittest.TestCase):
    def test_skips_and_in_ci_fails(self) -> None:
        for ci, ends in (("", unittest.SkipTest), ("true", AssertionError)):
            with mock.patch.dict(os.environ, CI=ci), self.assertRaisesRegex(ends, "no Docker"):
                machine.lacks("no Docker")
