"""What an AWS service may do on its own: by the policy of the resource alone, or with a role that it is given."""

from collections.abc import Mapping
from typing import Any

from moto.sns.models import sns_backends

from awslocal import iam_policy, settings
from awslocal.access import decide, documents, kms_needs
from awslocal.access.decide import Need
from awslocal.access.documents import Principal
from awslocal.access.sessions import Session
from awslocal.iam_policy import ALLOWED, Policy


def may(service: str, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Whether a resource's policy lets a service, such as "cloudwatch.amazonaws.com", do this to it.

    context holds what the service sends along: aws:SourceArn and aws:SourceAccount, where it sends them. A key that it does
    not send is absent, as in AWS: a condition on it refuses the service.
    """
    known = {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": service}
    return _allowed(Principal(service=service), action, resource, {**known, **context})


def account_may(account: str, action: str, resource: str) -> bool:
    """The same for an account of AWS's own, from which some services deliver in older regions."""
    root = f"arn:aws:iam::{account}:root"
    return _allowed(Principal(role=root, session=account), action, resource, {"aws:PrincipalAccount": account})


def _allowed(principal: Principal, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    policy = Policy("", "Resource Policy", documents.spoken(documents.of(resource), principal).direct)
    known = {"aws:SecureTransport": "true", **context}
    return iam_policy.decide([policy], action, resource, known).outcome == ALLOWED


def sent_by(arn: str) -> dict[str, str]:
    """What a service sends along of the resource that it acts for."""
    return {"aws:SourceArn": arn, "aws:SourceAccount": settings.current().account}


def may_publish(service: str, topic: str, sent: Mapping[str, str]) -> bool:
    """Whether a topic's policy lets a service publish. The default policy asks who owns the source."""
    owner = {"aws:SourceOwner": sent["aws:SourceAccount"]} if "aws:SourceAccount" in sent else {}
    return may(service, "sns:Publish", topic, {**owner, **sent})


def may_use_key_of(service: str, topic: str, sent: Mapping[str, str]) -> bool:
    """Whether the key of an encrypted topic lets a service publish. No service may use the key alias/aws/sns."""
    found = sns_backends[settings.current().account][topic.split(":")[3]].topics.get(topic)
    name = found.kms_master_key_id if found else ""
    if not name:
        return True
    if "alias/aws/" in name:
        return False
    needs = kms_needs.through("sns", name, ["GenerateDataKey", "Decrypt"], {"aws:sns:topicArn": topic})
    return all(may(service, need.action, need.resource, {**need.context, **sent}) for need in needs)


def may_with_role(service: str, role: str, sent: Mapping[str, str], needs: list[Need]) -> bool:
    """Whether a service may take a role for a resource, and the role may do all of this."""
    if iam_policy.find_role(role) is None or not may(service, "sts:AssumeRole", role, sent):
        return False
    session = Session(role, service.partition(".")[0])
    return not any(decide.refusal(session, need) for need in needs)
