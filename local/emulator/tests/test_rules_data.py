"""What AWS refuses of keys, secrets, buckets and logs, a test for each row of rules/table.py. Does not prove that AWS refuses it: the table names the document that says so."""

import json
from typing import Any

from tests.support import ACCOUNT, REGION, Case, client, name


class Data(Case):
    def setUp(self) -> None:
        self.kms, self.s3, self.secrets = client("kms"), client("s3"), client("secretsmanager")
        self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]

    def test_key_is_to_be_deleted(self) -> None:
        alias = f"alias/{name()}"
        self.kms.create_alias(AliasName=alias, TargetKeyId=self.key)
        self.kms.schedule_key_deletion(KeyId=self.key, PendingWindowInDays=7)
        for key in (self.key, alias):
            self.refused("KMSInvalidStateException", self.kms.encrypt, KeyId=key, Plaintext=b"a")
        self.refused("KMSInvalidStateException", self.kms.schedule_key_deletion, KeyId=self.key)
        self.refused("KMSInvalidStateException", self.kms.enable_key_rotation, KeyId=self.key)
        self.kms.describe_key(KeyId=self.key)
        self.kms.delete_alias(AliasName=alias)
        self.kms.cancel_key_deletion(KeyId=self.key)
        self.kms.enable_key(KeyId=self.key)
        self.kms.encrypt(KeyId=self.key, Plaintext=b"a")

    def test_key_is_disabled(self) -> None:
        self.kms.disable_key(KeyId=self.key)
        self.refused("DisabledException", self.kms.generate_data_key, KeyId=self.key, KeySpec="AES_256")
        self.kms.enable_key(KeyId=self.key)
        self.kms.generate_data_key(KeyId=self.key, KeySpec="AES_256")

    def test_locked_out(self) -> None:
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        for principal, action, accepted in (
            (root, "kms:*", True),
            (root, ["kms:Decrypt", "kms:PutKeyPolicy"], True),
            (root, "kms:Decrypt", False),
            ({"Service": "logs.amazonaws.com"}, "kms:*", False),
        ):
            statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
            asked = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
            if accepted:
                self.kms.create_key(**asked)
            else:
                self.refused("MalformedPolicyDocumentException", self.kms.create_key, **asked)
                self.kms.create_key(**asked, BypassPolicyLockoutSafetyCheck=True)

    def test_name_is_to_be_deleted(self) -> None:
        secret = {"Name": name("secret"), "SecretString": "a"}
        self.secrets.create_secret(**secret)
        self.secrets.delete_secret(SecretId=secret["Name"])
        error = self.refused("InvalidRequestException", self.secrets.create_secret, **secret)
        self.assertIn("already scheduled for deletion", str(error))
        self.secrets.delete_secret(SecretId=secret["Name"], ForceDeleteWithoutRecovery=True)
        self.secrets.create_secret(**secret)

    def test_secret_is_to_be_deleted(self) -> None:
        arn = self.secrets.create_secret(Name=name("secret"), SecretString="a")["ARN"]
        self.secrets.delete_secret(SecretId=arn)
        self.refused("InvalidRequestException", self.secrets.put_secret_value, SecretId=arn, SecretString="b")
        self.secrets.restore_secret(SecretId=arn)
        self.secrets.put_secret_value(SecretId=arn, SecretString="b")

    def make_bucket(self, bucket: str) -> str:
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        return bucket

    def test_no_bucket_name(self) -> None:
        here = {"LocationConstraint": REGION}
        for bucket in ("Upper", "under_score", "two..dots", "192.168.0.1", "ab", "-a-b", "sthree-a", "a" * 64, "a-s3alias"):
            with self.subTest(bucket):
                self.refused("InvalidBucketName", self.s3.create_bucket, Bucket=bucket, CreateBucketConfiguration=here)
        self.make_bucket(name("a.b"))

    def test_public_policy(self) -> None:
        bucket = self.make_bucket(name("bucket"))
        self.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        error = self.refused("AccessDenied", self.s3.put_bucket_policy, Bucket=bucket, Policy=self.policy(statement))
        self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 403)
        own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        self.s3.put_bucket_policy(Bucket=bucket, Policy=self.policy({**statement, "Condition": own}))
        self.s3.put_bucket_policy(Bucket=bucket, Policy=self.policy({**statement, "Effect": "Deny"}))

    def policy(self, *statements: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def test_no_such_retention(self) -> None:
        logs, group = client("logs"), name("/group")
        logs.create_log_group(logGroupName=group)
        self.refused("InvalidParameterException", logs.put_retention_policy, logGroupName=group, retentionInDays=8)
        logs.put_retention_policy(logGroupName=group, retentionInDays=7)
