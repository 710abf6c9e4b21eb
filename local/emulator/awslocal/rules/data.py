"""Keys, secrets, buckets and logs."""

import json
import re
from typing import Any

from awslocal.rules import Asked

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html: what a key that is to be deleted is of no use for.
OF_A_LIVING_KEY = tuple(
    f"kms:{action}"
    for action in (
        "CreateAlias CreateGrant Decrypt DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encrypt "
        "GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateMac ReEncrypt ScheduleKeyDeletion Sign TagResource "
        "UntagResource UpdateAlias UpdateKeyDescription Verify VerifyMac"
    ).split()
)
OF_AN_ENABLED_KEY = tuple(
    f"kms:{action}"
    for action in "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateMac ReEncrypt Sign Verify".split()
)


def key_is_to_be_deleted(asked: Asked) -> str:
    """A key whose deletion is scheduled."""
    key = _key(asked)
    return f"{key.arn} is pending deletion." if key and key.key_state == "PendingDeletion" else ""


def key_is_disabled(asked: Asked) -> str:
    """A key that was switched off."""
    key = _key(asked)
    return f"{key.arn} is disabled." if key and key.key_state == "Disabled" else ""


def _key(asked: Asked) -> Any:
    """The key that is asked for by its id, its ARN or an alias; the target's, where an alias is to be made."""
    kms = asked.kept("kms")
    named = asked["TargetKeyId"] or asked["KeyId"] or asked["SourceKeyId"] or ""
    if ":alias/" in named or named.startswith("alias/"):
        named = kms.get_key_id_from_alias(named[named.index("alias/") :]) or ""
    return kms.keys.get(named.rpartition("/")[2])


def locked_out(asked: Asked) -> str:
    """A key's policy by which the account could never change it again."""
    if not asked["Policy"] or asked["BypassPolicyLockoutSafetyCheck"]:
        return ""
    try:
        statements = _listed(json.loads(asked["Policy"]).get("Statement"))
    except (ValueError, AttributeError):
        return ""
    if any(_may_change_the_policy(statement) for statement in statements):
        return ""
    return "The new key policy will not allow you to update the key policy in the future."


def _may_change_the_policy(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    own = principal == "*" or bool(_listed((principal or {}).get("AWS") if isinstance(principal, dict) else None))
    actions = {str(action).lower() for action in _listed(statement.get("Action"))}
    return statement.get("Effect") == "Allow" and own and bool(actions & {"*", "kms:*", "kms:put*", "kms:putkeypolicy"})


def _listed(value: Any) -> list[Any]:
    """A policy document writes a list of one as the one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def name_is_to_be_deleted(asked: Asked) -> str:
    """A secret of a name whose secret is still to be deleted."""
    if not _deleted_secret(asked, "Name"):
        return ""
    return "You can't create this secret because a secret with this name is already scheduled for deletion."


def secret_is_to_be_deleted(asked: Asked) -> str:
    """A new value for a secret that is to be deleted."""
    if not _deleted_secret(asked, "SecretId"):
        return ""
    return "You can't perform this operation on the secret because it was marked for deletion."


def _deleted_secret(asked: Asked, parameter: str) -> bool:
    secret = asked.kept("secretsmanager").secrets.get(asked[parameter])
    return bool(secret and secret.is_deleted())


def no_bucket_name(asked: Asked) -> str:
    """A bucket's name that is none in DNS."""
    name = asked["Bucket"]
    valid = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) and ".." not in name
    address = re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name)
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3"))
    return "" if valid and not address and not reserved else "The specified bucket is not valid."


def public_policy(asked: Asked) -> str:
    """A policy that makes a bucket public, where the bucket blocks those."""
    bucket = asked.kept("s3").buckets.get(asked["Bucket"])
    block = bucket.public_access_block if bucket else None
    if block is None or str(block.block_public_policy).lower() != "true":
        return ""
    try:
        statements = _listed(json.loads(asked["Policy"]).get("Statement"))
    except (ValueError, AttributeError):
        return ""
    public = any(_is_public(statement) for statement in statements)
    return "Access Denied: public policies are blocked by the BlockPublicPolicy setting." if public else ""


def _is_public(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    anybody = principal == "*" or "*" in _listed((principal or {}).get("AWS") if isinstance(principal, dict) else None)
    return statement.get("Effect") == "Allow" and anybody and not statement.get("Condition")


def no_such_retention(asked: Asked) -> str:
    """Logs that are to be kept for a number of days that is not on the list."""
    days = asked["retentionInDays"]
    return "" if days in RETENTION_DAYS else f"Invalid retention value {days}. Must be one of {sorted(RETENTION_DAYS)}."
