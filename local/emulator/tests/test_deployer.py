"""What a deployer needs, by journals. Does not prove that the page's own table is that of a life of today."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from awslocal import deployer
from tests.roles import Role, allow
from tests.support import Case, client, data

PAGE = Path(__file__).resolve().parents[3] / "docs" / "deployer-actions.md"


class Actions(unittest.TestCase):
    def test_of_a_call(self) -> None:
        for call, expected in (
            ("ec2:CreateVpc", {"ec2:CreateVpc"}),
            ("elbv2:CreateListener", {"elasticloadbalancing:CreateListener"}),
            ("s3:HeadBucket", {"s3:ListBucket"}),
            ("s3:DeleteObjects", {"s3:DeleteObject", "s3:DeleteObjectVersion"}),
            ("ecs:RunTask", {"ecs:RunTask", "iam:PassRole"}),
            ("budgets:CreateBudget", {"budgets:ModifyBudget"}),
        ):
            with self.subTest(call):
                self.assertEqual(deployer.of(call), expected)
        with self.assertRaisesRegex(ValueError, "s3:HeadNothing: IAM has no action s3:HeadNothing"):
            deployer.of("s3:HeadNothing")


class Page(unittest.TestCase):
    def test_is_neither_short_nor_long(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            page, journal = Path(folder) / "page.md", Path(folder) / "calls.jsonl"
            calls = [{"call": "ec2:CreateVpc"}, {"call": "s3:PutObject", "as": "a task"}, {"call": "sns:Publish"}]
            journal.write_text("\n".join(map(json.dumps, calls)))
            page.write_text("# Top\n\n| service | actions |\n| --- | --- |\n| ec2 | CreateVpc, DeleteVpc |\n")
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                self.assertEqual(deployer.main([str(page), str(journal)]), 1)
            self.assertRegex(said.getvalue(), "short: called, and not in its table: sns:Publish\n.* long: .*: ec2:DeleteVpc\n")
            self.assertEqual(deployer.main(["--write", str(page), str(journal)]), 0)
            self.assertEqual(deployer.main([str(page), str(journal)]), 0)
            self.assertTrue(page.read_text().startswith("# Top\n\n| service"))

    def test_names_actions_of_iam(self) -> None:
        listed = deployer.listed(PAGE.read_text())
        self.assertGreater(len(listed), 200)
        self.assertEqual([a for a in listed if not deployer.reference.has_action(a)], [])
        self.assertEqual(deployer.table(listed), PAGE.read_text()[PAGE.read_text().index(deployer.HEAD) :])


class Journal(Case):
    def test_tells_a_role_from_the_administrator(self) -> None:
        role = Role(allow("s3:ListAllMyBuckets"))
        role.client("s3").list_buckets()
        client("s3").list_buckets()
        entries = [json.loads(line) for line in (data() / "calls.jsonl").read_text().splitlines()]
        self.assertEqual([e.get("as") for e in entries if e["call"] == "s3:ListBuckets"][-2:], [role.session, None])
