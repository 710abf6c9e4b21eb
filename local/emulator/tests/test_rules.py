"""That the table of rules is whole. Does not prove what a rule does: test_rules_*.py have that."""

import re
import unittest
from pathlib import Path

from awslocal.rules.table import TABLE


class Table(unittest.TestCase):
    def test_each_row_is_held_by_a_test_of_its_name_and_has_a_source(self) -> None:
        text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_rules_*.py"))
        held = set(re.findall(r"def test_(\w+)\(", text))
        for rule in TABLE:
            with self.subTest(rule.broken.__name__):
                self.assertIn(rule.broken.__name__, held)
                self.assertRegex(rule.source, r"^https://\S+$")
                self.assertTrue(rule.broken.__doc__)
