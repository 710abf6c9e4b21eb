"""The policy of a resource, and whom its statements speak of.

Resources whose policies are read: buckets, keys, topics, queues, secrets, repositories and roles (whom they trust).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.ecr.models import ecr_backends
from moto.kms.models import Key, kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from awslocal import iam_policy, settings


@dataclass(frozen=True)
class Principal:
    """Whom a statement may name: a session of a role, or an AWS service."""

    account: str = ""
    role: str = ""
    session: str = ""
    service: str = ""


@dataclass(frozen=True)
class Spoken:
    """The statements of a resource's policy that speak of somebody: of them, or of the whole account they are in."""

    direct: tuple[Mapping[str, Any], ...] = ()
    account: tuple[Mapping[str, Any], ...] = ()


def spoken(document: str | None, principal: Principal) -> Spoken:
    """What a policy document says of a principal."""
    parsed = json.loads(document) if document else {}
    statements = _listed(parsed.get("Statement", []))
    return Spoken(
        tuple(_open(s) for s in statements if _names(s, principal)),
        tuple(_open(s) for s in statements if principal.account and _names_account(s, principal.account)),
    )


def _open(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """A repository's statements name no resource: they are about the repository."""
    return statement if {"Resource", "NotResource"} & set(statement) else {**statement, "Resource": "*"}


def _names(statement: Mapping[str, Any], who: Principal) -> bool:
    if "NotPrincipal" in statement:
        raise NotImplementedError("NotPrincipal in a resource's policy")
    principal = statement.get("Principal")
    if principal == "*":
        return True
    named = principal if isinstance(principal, Mapping) else {}
    if who.service and who.service in _listed(named.get("Service", [])):
        return True
    return any(p and p in ("*", who.role, who.session) for p in _listed(named.get("AWS", [])))


def _names_account(statement: Mapping[str, Any], account: str) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS", []) if isinstance(principal, Mapping) else []
    return any(p in (account, f"arn:aws:iam::{account}:root") for p in _listed(named))


def of(arn: str) -> str | None:
    """The policy of the resource with this ARN; None where it has none, or has no such thing."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    find = _FINDERS.get(parts[2])
    return find(parts[3] or settings.current().region, arn, parts[5]) if find else None


def key(name: str, region: str = "") -> Key | None:
    """A KMS key by its id, its ARN, or an alias's name or ARN."""
    keys = kms_backends[settings.current().account][region or settings.current().region].keys
    if "alias/" in name:
        alias = "alias/" + name.partition("alias/")[2]
        return next((k for k in list(keys.values()) if alias in k.aliases), None)
    return keys.get(name.rpartition("/")[2])


def _bucket(_: str, __: str, rest: str) -> str | None:
    bucket = s3_backends[settings.current().account]["aws"].buckets.get(rest.partition("/")[0])
    if bucket is None or not bucket.policy:
        return None
    return bucket.policy.decode() if isinstance(bucket.policy, bytes) else str(bucket.policy)


def _key(region: str, arn: str, _: str) -> str | None:
    found = key(arn, region)
    return found.policy if found else None


def _topic(region: str, arn: str, _: str) -> str | None:
    topic = sns_backends[settings.current().account][region].topics.get(arn)
    return topic.policy if topic else None


def _queue(region: str, _: str, rest: str) -> str | None:
    queue = sqs_backends[settings.current().account][region].queues.get(rest)
    policy = queue.policy if queue else None
    return json.dumps(policy) if isinstance(policy, dict) else policy


def _secret(region: str, arn: str, _: str) -> str | None:
    secrets = secretsmanager_backends[settings.current().account][region].secrets
    return secrets[arn].policy if arn in secrets else None


def _repository(region: str, _: str, rest: str) -> str | None:
    repositories = ecr_backends[settings.current().account][region].repositories
    found = repositories.get(rest.removeprefix("repository/"))
    return found.policy if found else None


def _role(_: str, arn: str, rest: str) -> str | None:
    role = iam_policy.find_role(arn) if rest.startswith("role/") else None
    return iam_policy.decoded(role.assume_role_policy_document) if role else None


_FINDERS: dict[str, Callable[[str, str, str], str | None]] = {
    "s3": _bucket,
    "kms": _key,
    "sns": _topic,
    "sqs": _queue,
    "secretsmanager": _secret,
    "ecr": _repository,
    "iam": _role,
}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
