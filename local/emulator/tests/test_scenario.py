"""The scenario file's rules. Does not prove what each service makes of a scenario: their own tests do."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from awslocal.scenario import Scenario


class ScenarioFile(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "control.json"
        self.scenario = Scenario(self.path)

    def write(self, document: object) -> str:
        """Write the file, have it read, and return what was said about it."""
        self.path.write_text(document if isinstance(document, str) else json.dumps(document))
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.scenario.exit_code("any")
        return said.getvalue()

    def test_nothing_goes_wrong_without_a_file(self) -> None:
        self.assertIsNone(self.scenario.fault("ecs:UpdateService"))
        self.assertEqual(
            (self.scenario.exit_code("f"), self.scenario.pinned("s"), self.scenario.rolls_back("s")), (0, None, False)
        )

    def test_match_is_of_the_whole_name(self) -> None:
        self.write({"faults": [{"match": "ecs:Update", "status": 400, "code": "X"}]})
        self.assertIsNone(self.scenario.fault("ecs:UpdateService"))

    def test_bad_file_leaves_the_last_good_one_in_force(self) -> None:
        self.write({"compute": {"exitCodes": {"f": 3}}})
        for bad, reason in (
            ("{", "Expecting"),
            ([], "not an object"),
            ({"fault": []}, "unknown keys: fault"),
            ({"compute": {"exitcodes": {}}}, "unknown keys: exitcodes"),
            ({"faults": [{"match": "(", "status": 400, "code": "X"}]}, "unterminated"),
            ({"faults": [{"match": ".*", "status": 400}]}, "needs a code"),
            ({"faults": [{"match": ".*", "delay": 1}]}, "unknown keys: delay"),
            ({"snapshots": {"second": 1}}, "unknown keys: second"),
            ({"snapshots": {"seconds": -1}}, "less than nothing"),
            ({"snapshots": {"failing": ["("]}}, "unterminated"),
        ):
            with self.subTest(reason):
                self.assertIn(reason, self.write(bad))
                self.assertEqual(self.scenario.exit_code("f"), 3)

    def test_removed_file_ends_the_scenario(self) -> None:
        self.write({"compute": {"exitCodes": {"f": 3}}})
        self.path.unlink()
        self.assertEqual(self.scenario.exit_code("f"), 0)

    def test_names_what_lingers_and_what_is_down(self) -> None:
        self.write({"compute": {"lingering": ["web"]}, "databases": {"down": ["postgres/main"]}})
        self.assertTrue(self.scenario.lingers("web"))
        self.assertFalse(self.scenario.lingers("api"))
        self.assertTrue(self.scenario.database_is_down("postgres", "main"))
        self.assertFalse(self.scenario.database_is_down("redis", "main"), "a cache may have the database's name")

    def test_snapshots_take_what_is_said_and_fail_by_their_whole_name(self) -> None:
        self.assertEqual((self.scenario.snapshot_seconds(), self.scenario.snapshot_fails("a-1")), (None, False))
        self.write({"snapshots": {"seconds": 0.5, "failing": ["a-[0-9]"]}})
        self.assertEqual(self.scenario.snapshot_seconds(), 0.5)
        self.assertEqual([self.scenario.snapshot_fails(name) for name in ("a-1", "a-10", "ba-1")], [True, False, False])
