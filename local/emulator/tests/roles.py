"""Clients that call with the credentials of a role, for tests of what the role may do."""

import json
from typing import Any

import boto3
from botocore.config import Config

from tests.support import ACCOUNT, REGION, address, client, name

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"}},
}


def document(*statements: dict[str, Any]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


class Role:
    """A role, and clients with credentials of it."""

    def __init__(self, *statements: dict[str, Any], **more: Any) -> None:
        self.name, self.iam = name("role"), client("iam")
        made = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=document(TRUST), **more)
        self.arn = made["Role"]["Arn"]
        self.session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/task"
        if statements:
            self.may(*statements)

    def may(self, *statements: dict[str, Any]) -> None:
        """Replace the role's policy."""
        self.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=document(*statements))

    def credentials(self, **more: Any) -> dict[str, str]:
        """New credentials of the role, as boto3 takes them."""
        given = client("sts").assume_role(RoleArn=self.arn, RoleSessionName="task", **more)["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def client(self, service: str, **more: Any) -> Any:
        """A client that calls as this role and does not retry."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=address(),
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            **{**self.credentials(), **more},
        )
