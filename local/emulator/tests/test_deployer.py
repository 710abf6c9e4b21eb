"""What a deployer needs, by journals. That the page's own table is that of a life of today, rehearsals prove."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from awslocal import calls, deployer
from awslocal.access import actions, reference
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
            ("service-quotas:GetServiceQuota", {"servicequotas:GetServiceQuota"}),
        ):
            with self.subTest(call):
                self.assertEqual(deployer.of(call), expected)
        with self.assertRaisesRegex(ValueError, "s3:HeadNothing: IAM has no action s3:HeadNothing"):
            deployer.of("s3:HeadNothing")

    def test_of_every_service_with_a_name_of_boto3s_own(self) -> None:
        for service in calls.BOTO_NAMES.values():
            self.assertTrue(reference.has_service(actions.PREFIXES.get(service, service)), service)


TEXT = """# Top

| for | also |
| --- | --- |
| a zone | route53:DeleteHostedZone |

| service | actions |
| --- | --- |
| ec2 | CreateVpc, DeleteVpc |
| sns | Publish |
"""
ALL = {"ec2:CreateVpc", "ec2:DeleteVpc", "sns:Publish"}


class Differences(unittest.TestCase):
    def test_are_what_is_short_and_of_whole_lives_what_is_long(self) -> None:
        add = "python -m awslocal.deployer --add page.md"
        short = f"page.md is short: called, and not on it: %s; if the program needs that, add it with `{add} %s`, in local/emulator"
        long = "page.md is long: in its table, and never called: %s; take it out, or have a life call it"
        of_page, two = ALL | {"route53:DeleteHostedZone"}, ("ec2:RunInstances, kms:Sign", "ec2:RunInstances kms:Sign")
        for name, called, whole, expected in (
            ("as the page has it", ALL, True, []),
            ("what is named above the table may be called", of_page, True, []),
            ("two more", ALL | {"kms:Sign", "ec2:RunInstances"}, True, [short % two]),
            ("two more, in a part of a life", {"kms:Sign", "ec2:RunInstances"}, False, [short % two]),
            ("two less", {"sns:Publish"}, True, [long % "ec2:CreateVpc, ec2:DeleteVpc"]),
            ("two less, in a part of a life", {"sns:Publish"}, False, []),
            ("one for another", ALL - {"sns:Publish"} | {"kms:Sign"}, True, [short % ("kms:Sign", "kms:Sign"), long % "sns:Publish"]),
            ("nothing", set(), False, []),
        ):
            with self.subTest(name):
                self.assertEqual(deployer.differences(called, TEXT, "page.md", whole), expected)


class Page(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page, self.journal = Path(folder.name) / "page.md", Path(folder.name) / "calls.jsonl"
        self.page.write_text(TEXT)
        calls = [{"call": "ec2:CreateVpc"}, {"call": "s3:PutObject", "as": "a task"}, {"call": "kms:Sign"}]
        self.journal.write_text("\n".join(map(json.dumps, calls)))

    def ends(self, code: int, *arguments: str) -> str:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.assertEqual(deployer.main([*arguments]), code)
        return said.getvalue()

    def test_is_held_against_the_calls_that_no_role_made(self) -> None:
        page, journal = str(self.page), str(self.journal)
        self.assertRegex(self.ends(1, page, journal), "not on it: kms:Sign;.*\n.* never called: ec2:DeleteVpc, sns:Publish;.*\n$")
        self.assertRegex(self.ends(1, "--part", page, journal), r"^.*not on it: kms:Sign;.*\n$")

    def test_gets_what_is_added(self) -> None:
        self.ends(0, "--add", str(self.page), "kms:Sign", "ec2:CreateVpc", "ec2:CreateSubnet")
        self.assertEqual(deployer.listed(self.page.read_text()), ALL | {"kms:Sign", "ec2:CreateSubnet"})
        self.assertEqual(self.ends(0, "--part", str(self.page), str(self.journal)), "")
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as said:
            deployer.main(["--add", str(self.page), "kms:Nothing"])
        self.assertIn("IAM has no action kms:Nothing", said.getvalue())

    def test_is_written_anew(self) -> None:
        self.ends(0, "--write", str(self.page), str(self.journal))
        self.assertEqual(self.ends(0, str(self.page), str(self.journal)), "")
        self.assertTrue(self.page.read_text().startswith(TEXT.partition(deployer.HEAD)[0]))

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
