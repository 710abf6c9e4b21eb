"""What calls of the smaller services need: secrets, topics, logs, images, mail, roles."""

from email import message_from_bytes
from email.utils import parseaddr
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from awslocal import iam_policy, settings
from awslocal.access import kms_needs, reference
from awslocal.access.decide import UNKNOWN, Need
from awslocal.calls import Call

ENCRYPTING_SECRETS = {
    "CreateSecret": ["GenerateDataKey", "Decrypt"],
    "GetSecretValue": ["Decrypt"],
    "PutSecretValue": ["GenerateDataKey", "Decrypt"],
    "UpdateSecret": ["GenerateDataKey", "Decrypt"],
}
ENCRYPTING_TOPICS = ("Publish", "PublishBatch")
SUFFIX = "-000000"  # in the place of the six characters that a secret's ARN gets when it is made


def _here(service: str) -> str:
    return f"arn:aws:{service}:{settings.current().region}:{settings.current().account}"


def secrets(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The secret by its name or ARN, and its key where its value is read or written."""
    named = asked.get("SecretId") or asked.get("Name")
    if not named:
        return None
    found = secretsmanager_backends[settings.current().account][settings.current().region].secrets.get(named)
    arn = found.arn if found else named if named.startswith("arn:") else f"{_here('secretsmanager')}:secret:{named}{SUFFIX}"
    key = asked.get("KmsKeyId") or (found.kms_key_id if found else None)
    actions = ENCRYPTING_SECRETS.get(call.action, [])
    writes_nothing = call.action == "UpdateSecret" and not ({"SecretString", "SecretBinary", "KmsKeyId"} & set(asked))
    about = {"SecretARN": arn}
    used = [] if writes_nothing or not actions else kms_needs.through("secretsmanager", key, actions, about)
    return [Need(f"secretsmanager:{call.action}", arn), *used]


def topics(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The topic, and its key where something is published."""
    if call.action == "CreateTopic":
        return [Need("sns:CreateTopic", f"{_here('sns')}:{asked['Name']}", _owner())]
    arn = asked.get("TopicArn") or asked.get("TargetArn") or asked.get("ResourceArn")
    if not arn:
        return None
    topic = sns_backends[settings.current().account][settings.current().region].topics.get(arn)
    action = "Publish" if call.action == "PublishBatch" else call.action
    out = [Need(f"sns:{action}", arn, _owner())]
    if topic is not None and call.action in ENCRYPTING_TOPICS:
        about = {"aws:sns:topicArn": arn}
        key = topic.kms_master_key_id
        out += kms_needs.through("sns", key, ["GenerateDataKey", "Decrypt"], about, "KMSAccessDenied")
    return out


def _owner() -> dict[str, str]:
    """What a topic's default policy asks about."""
    return {"aws:SourceOwner": settings.current().account}


def logs(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """A log group, or a stream of it. Where no stream is named AWS asks about an empty one."""
    action = f"logs:{call.action}"
    if call.action == "DescribeLogGroups":
        return [Need(action, f"{_here('logs')}:log-group::log-stream:")]
    group = asked.get("logGroupName") or asked.get("logGroupIdentifier")
    if not group:
        return None
    group = str(group).removesuffix(":*").split(":log-group:")[-1]
    return [Need(action, f"{_here('logs')}:log-group:{group}:log-stream:{asked.get('logStreamName') or ''}")]


def images(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The repository by its name."""
    if not reference.resource_patterns(f"ecr:{call.action}"):
        return [Need(f"ecr:{call.action}")]
    names = asked.get("repositoryNames") or ([asked["repositoryName"]] if asked.get("repositoryName") else [])
    return [Need(f"ecr:{call.action}", f"{_here('ecr')}:repository/{name}") for name in names] or None


def mail(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The identity that a mail is sent as, and the configuration set that it names.

    Version 2 asks for SendRawEmail where the mail is given whole. What the sandbox asks about recipients is not emulated.
    """
    if call.action not in ("SendEmail", "SendRawEmail"):
        return None
    raw = (asked.get("RawMessage") or (asked.get("Content") or {}).get("Raw") or {}).get("Data")
    sender = asked.get("Source") or asked.get("FromEmailAddress")
    if not sender and raw is not None:
        sender = message_from_bytes(raw if isinstance(raw, bytes) else str(raw).encode()).get("From", "")
    display, address = parseaddr(sender or "")
    action = "ses:SendRawEmail" if raw is not None else "ses:SendEmail"
    destination = asked.get("Destination") or {}
    recipients = [a for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for a in destination.get(kind) or []]
    recipients += asked.get("Destinations") or []
    context: dict[str, Any] = {"ses:FromAddress": address, "ses:ApiVersion": "2" if call.service == "sesv2" else "1"}
    context |= {"ses:FromDisplayName": display} if display else {}
    context |= {"ses:Recipients": [parseaddr(r)[1] for r in recipients]} if recipients else {}
    resources = [f"{_here('ses')}:identity/{_identity(address)}"]
    if configuration := asked.get("ConfigurationSetName"):
        resources.append(f"{_here('ses')}:configuration-set/{configuration}")
    return [Need(action, resource, context) for resource in resources]


def _identity(address: str) -> str:
    """The most exact identity that covers an address: itself, its domain, or a domain above."""
    known = ses_backends[settings.current().account][settings.current().region].email_identities
    domain = address.rpartition("@")[2].lower()
    parents = [".".join(domain.split(".")[i:]) for i in range(domain.count("."))]
    return next((name for name in (address, *parents) if name in known), domain)


def roles(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The role of IAM that a call names, by its name."""
    if not asked.get("RoleName"):
        return None
    arn = iam_policy.role_arn(settings.current().account, asked["RoleName"])
    path = asked.get("Path", "/") if call.action == "CreateRole" else "/"
    context = {"iam:PolicyARN": asked["PolicyArn"]} if asked.get("PolicyArn") else {}
    if asked.get("PermissionsBoundary"):
        context["iam:PermissionsBoundary"] = asked["PermissionsBoundary"]
    place = f"arn:aws:iam::{settings.current().account}:role{path}{asked['RoleName']}"
    return [Need(f"iam:{call.action}", arn or place, context)]


def sessions(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The role that is to be assumed."""
    if call.action != "AssumeRole":
        return None
    context = {"sts:RoleSessionName": asked.get("RoleSessionName", "")}
    context |= {"sts:ExternalId": asked["ExternalId"]} if asked.get("ExternalId") else {}
    return [Need("sts:AssumeRole", asked.get("RoleArn") or UNKNOWN, context)]


RULES = {"sns": topics, "logs": logs, "ecr": images, "ses": mail, "sesv2": mail, "iam": roles, "sts": sessions}
