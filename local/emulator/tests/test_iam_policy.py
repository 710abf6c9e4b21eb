"""What policies say, SimulatePrincipalPolicy, and what ECS does with a task's roles. Who calls AWS: test_access.py."""

import unittest
from typing import Any

from awslocal.compute.permission import Actor, assume, credentials
from awslocal.compute.plan import Failed
from awslocal.iam_conditions import holds
from awslocal.iam_policy import Policy, decide
from awslocal.locks import MOTO
from tests.roles import Role, document
from tests.support import ACCOUNT, REGION, Case, client, name

SECRET = f"arn:aws:secretsmanager:ap-southeast-2:{ACCOUNT}:secret:app-AbCdEf"
KEY = f"arn:aws:kms:ap-southeast-2:{ACCOUNT}:key/1"
VIA = {"kms:ViaService": "secretsmanager.ap-southeast-2.amazonaws.com"}
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}
DECRYPT = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY], "Condition": {"StringEquals": VIA}}


class Granted(Case):
    """What a secret's own policy gives to one role, as that of a secret that is made for a few minutes does."""

    def test_table(self) -> None:
        role, secrets = Role(), client("secretsmanager")
        secret = secrets.create_secret(Name=name(), SecretString="s")["ARN"]
        grant = {**READ, "Resource": "*", "Principal": {"AWS": role.arn}}
        other = role.arn + "-of-another"
        for policy, granted in (
            (None, False),
            (document(grant), True),
            (document({**grant, "Principal": {"AWS": [other, role.arn]}}), True),
            (document({**grant, "Principal": {"AWS": other}}), False),
            (document({**grant, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}), False),
            (document({**grant, "Action": "secretsmanager:DescribeSecret"}), False),
            (document({**grant, "Effect": "Deny"}), False),
            (document(grant, {**grant, "Effect": "Deny", "Principal": "*"}), False),
        ):
            with self.subTest(policy):
                if policy:
                    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=policy)
                with MOTO:
                    refusal = Actor(role.arn, "task").refusal("secretsmanager:GetSecretValue", secret)
                self.assertEqual(not refusal, granted, refusal)


class Assumed(Case):
    """Which roles ECS can take for a task."""

    def test_trust(self) -> None:
        role = Role()
        for account, region, trusted in ((ACCOUNT, REGION, True), ("210987654321", REGION, False), (ACCOUNT, "eu-west-1", False)):
            with self.subTest(account=account, region=region), MOTO:
                task = f"arn:aws:ecs:{region}:{account}:task/c/1"
                if trusted:
                    self.assertEqual(set(credentials(role.arn, task)), {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
                else:
                    with self.assertRaisesRegex(Failed, "ECS was unable to assume the role"):
                        credentials(role.arn, task)
        with MOTO, self.assertRaisesRegex(Failed, "ECS was unable to assume the role"):
            assume(role.arn + "x", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/1")


class Decisions(unittest.TestCase):
    def test_table(self) -> None:
        anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        deny = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
        for statements, action, resource, expected in (
            ([], "s3:GetObject", "arn:x", "implicitDeny"),
            ([anything], "s3:GetObject", "arn:x", "allowed"),
            ([anything, deny], "s3:DeleteObject", "arn:x", "explicitDeny"),
            ([deny, anything], "s3:GetObject", "arn:x", "allowed"),
            ([READ], "secretsmanager:getsecretvalue", SECRET, "allowed"),
            ([READ], "secretsmanager:GetSecretValue", SECRET + "x", "implicitDeny"),
            ([{**READ, "Resource": SECRET[:-6] + "??????"}], "secretsmanager:GetSecretValue", SECRET, "allowed"),
            ([{**READ, "Resource": SECRET.lower()}], "secretsmanager:GetSecretValue", SECRET, "implicitDeny"),
            ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "iam:PassRole", "*", "implicitDeny"),
            ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "s3:GetObject", "*", "allowed"),
            ([{"Effect": "Allow", "Action": "*", "NotResource": KEY}], "kms:Decrypt", KEY, "implicitDeny"),
            ([DECRYPT], "kms:Decrypt", KEY, "implicitDeny"),
        ):
            with self.subTest(statements=statements, action=action):
                policy = Policy.of("p", "IAM Policy", document(*statements))
                self.assertEqual(decide([policy], action, resource, {}).outcome, expected)

    def test_a_boundary_has_to_allow_too(self) -> None:
        policy = Policy.of("p", "IAM Policy", document(READ, DECRYPT))
        limit = Policy.of("b", "IAM Permissions Boundary", document(DECRYPT))
        self.assertEqual(decide([policy], "kms:Decrypt", KEY, VIA, [limit]).outcome, "allowed")
        self.assertEqual(decide([policy], READ["Action"], SECRET, VIA, [limit]).outcome, "implicitDeny")

    def test_conditions(self) -> None:
        for operator, wanted, actual, expected in (
            ("StringEquals", ["a", "b"], "b", True),
            ("StringEquals", "a", None, False),
            ("StringEqualsIfExists", "a", None, True),
            ("StringNotEquals", ["a", "b"], "b", False),
            ("StringNotEquals", "a", None, True),
            ("StringLike", "a*", "abc", True),
            ("ArnLike", "arn:aws:ecs:*:1:*", "arn:aws:ecs:r:1:task/x:y", True),
            ("ArnLike", "arn:*:x", "arn:aws:ecs:r:1:x", False),
            ("ArnNotLike", "arn:aws:ecs:*:1:*", "arn:aws:ecs:r:1:task", False),
            ("Bool", "true", True, True),
            ("Bool", "false", "true", False),
            ("NumericLessThan", "10", "9", True),
            ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", True),
            ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
            ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
            ("Null", "true", None, True),
            ("ForAnyValue:StringEquals", "a", ["a", "x"], True),
            ("ForAllValues:StringEquals", ["a", "b"], ["a", "x"], False),
        ):
            with self.subTest(operator=operator, wanted=wanted, actual=actual):
                context = {} if actual is None else {"K:Y": actual}
                self.assertEqual(holds({operator: {"k:y": wanted}}, context), expected)
        with self.assertRaises(NotImplementedError):
            holds({"StringNearly": {"k": "a"}}, {"k": "a"})


class Simulation(Case):
    def setUp(self) -> None:
        self.iam, self.role = client("iam"), name("role")
        trust = document(
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        )
        self.arn = self.iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=self.role, PolicyName="own", PolicyDocument=document(READ, DECRYPT))

    def simulate(self, *actions: str, **more: Any) -> list[dict[str, Any]]:
        asked = {"PolicySourceArn": self.arn, "ActionNames": list(actions), **more}
        return self.iam.simulate_principal_policy(**asked)["EvaluationResults"]

    def test_secret_and_its_key(self) -> None:
        entry = {"ContextKeyName": "kms:ViaService", "ContextKeyValues": list(VIA.values()), "ContextKeyType": "string"}
        (read,) = self.simulate("secretsmanager:GetSecretValue", ResourceArns=[SECRET])
        self.assertEqual((read["EvalDecision"], read["EvalResourceName"]), ("allowed", SECRET))
        self.assertEqual(read["MatchedStatements"][0]["SourcePolicyId"], "own")
        (decrypt,) = self.simulate("kms:Decrypt", ResourceArns=[KEY])
        self.assertEqual(
            (decrypt["EvalDecision"], decrypt["MissingContextValues"]), ("implicitDeny", ["kms:ViaService"])
        )
        (decrypt,) = self.simulate("kms:Decrypt", ResourceArns=[KEY], ContextEntries=[entry])
        self.assertEqual(decrypt["EvalDecision"], "allowed")

    def test_attached_policy_and_its_default_version(self) -> None:
        policy = self.iam.create_policy(PolicyName=name(), PolicyDocument=document(READ))["Policy"]["Arn"]
        self.iam.attach_role_policy(RoleName=self.role, PolicyArn=policy)
        deny = document({**READ, "Effect": "Deny"})
        self.iam.create_policy_version(PolicyArn=policy, PolicyDocument=deny, SetAsDefault=True)
        (read,) = self.simulate("secretsmanager:GetSecretValue", ResourceArns=[SECRET])
        self.assertEqual(read["EvalDecision"], "explicitDeny")

    def test_pages_and_refusals(self) -> None:
        pages = self.iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=self.arn,
            ActionNames=["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            PaginationConfig={"PageSize": 2},
        )
        self.assertEqual([len(page["EvaluationResults"]) for page in pages], [2, 1])
        ask = self.iam.simulate_principal_policy
        self.refused("NoSuchEntity", ask, PolicySourceArn=self.arn + "x", ActionNames=["s3:GetObject"])
        self.refused("InvalidInput", ask, PolicySourceArn=self.arn, ActionNames=["GetObject"])
