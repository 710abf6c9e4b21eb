"""The values of a container's secrets, read as ECS reads them: with the execution role, when the task starts.

`valueFrom` is arn:aws:secretsmanager:…:secret:name[:json-key:version-stage:version-id]. Parameters of Systems Manager
are not read here. The messages are those of Fargate's agent
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html).
"""

import json

from moto.core.exceptions import JsonRESTError
from moto.kms.models import kms_backends
from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends

from awslocal.compute.permission import Actor
from awslocal.compute.plan import Failed

PULL = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
ASM = PULL + "unable to retrieve secret from asm: service call has been retried 1 time(s): "


def read(account: str, actor: Actor, value_from: str) -> str:
    """The value of one secret; Failed when it is not there, or not for this role."""
    parts = value_from.split(":")
    if parts[:3] != ["arn", "aws", "secretsmanager"] or len(parts) not in (7, 10):
        raise Failed(f"{PULL}unable to retrieve secret: {value_from!r} is not the ARN of a Secrets Manager secret")
    arn = ":".join(parts[:7])
    key, stage, version = parts[7:] or ("", "", "")
    text = _value(account, actor, arn, stage, version)
    return _member(text, key) if key else text


def _value(account: str, actor: Actor, arn: str, stage: str, version: str) -> str:
    region = arn.split(":")[3]
    backend: SecretsManagerBackend = secretsmanager_backends[account][region]
    fetching = f"{ASM}failed to fetch secret {arn} from secrets manager: "
    if refusal := actor.refusal("secretsmanager:GetSecretValue", arn):
        raise Failed(fetching + refusal)
    try:
        value = backend.get_secret_value(arn, version or None, stage or None)
    except JsonRESTError as error:
        raise Failed(f"{fetching}{error.error_type}: {error.message}") from None
    key = _key(account, region, backend.secrets[arn].kms_key_id)
    if key and actor.refusal("kms:Decrypt", key, **_through_secrets_manager(account, region, arn)):
        raise Failed(fetching + "AccessDeniedException: Access to KMS is not allowed")
    if "SecretString" not in value:
        raise Failed(f"{ASM}secret {arn} has no secret string")
    return str(value["SecretString"])


def _through_secrets_manager(account: str, region: str, arn: str) -> dict[str, str]:
    return {
        "kms_ViaService": f"secretsmanager.{region}.amazonaws.com",
        "kms_CallerAccount": account,
        "kms_EncryptionContext:SecretARN": arn,
    }


def _key(account: str, region: str, name: str | None) -> str | None:
    """The ARN of a customer's key; None for the account's own key, which every principal of the account may use."""
    if not name or name == SecretsManagerBackend.DEFAULT_KMS_KEY_ALIAS:
        return None
    backend = kms_backends[account][region]
    found = backend.get_key_id_from_alias(name) if "alias/" in name else name.rpartition("/")[2]
    key = backend.keys.get(found or "")
    return key.arn if key else name


def _member(text: str, key: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        raise Failed(f"{ASM}retrieved secret from Secrets Manager did not contain json") from None
    if not isinstance(document, dict) or key not in document:
        raise Failed(f"{ASM}retrieved secret from Secrets Manager did not contain json key {key}")
    value = document[key]
    return value if isinstance(value, str) else json.dumps(value)
