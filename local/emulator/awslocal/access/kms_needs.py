"""Keys: what calls of KMS need, and what other services need of the keys that they encrypt with."""

import base64
from typing import Any

from awslocal import settings
from awslocal.access import documents
from awslocal.access.decide import Need
from awslocal.calls import Call

KEY_ID_LENGTH = 36  # a ciphertext of moto's begins with its key's id
WITHOUT_KEY = {"CreateKey", "ListKeys", "ListAliases", "GenerateRandom"}


def needs(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """The key that a call names or, of Decrypt without a name, the one that the ciphertext was made with."""
    if call.action in WITHOUT_KEY:
        return [Need(f"kms:{call.action}")]
    named = asked.get("KeyId") or asked.get("TargetKeyId") or _of_ciphertext(asked.get("CiphertextBlob"))
    if not named:
        return None
    context = {f"kms:EncryptionContext:{k}": v for k, v in (asked.get("EncryptionContext") or {}).items()}
    out = [Need(f"kms:{call.action}", arn(named), {**context, **_caller()})]
    if call.action in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        place = f"arn:aws:kms:{settings.current().region}:{settings.current().account}"
        out.append(Need(f"kms:{call.action}", f"{place}:{asked['AliasName']}"))
    return out


def _of_ciphertext(blob: Any) -> str:
    if not blob:
        return ""
    raw = blob if isinstance(blob, bytes) else base64.b64decode(blob)
    return raw[:KEY_ID_LENGTH].decode("ascii", "replace")


def arn(name: str) -> str:
    """A key's ARN by any of its names; of one that does not exist, the ARN that it would have."""
    found = documents.key(name)
    place = f"arn:aws:kms:{settings.current().region}:{settings.current().account}"
    return found.arn if found else name if name.startswith("arn:") else f"{place}:key/{name}"


def through(service: str, name: str | None, actions: list[str], about: dict[str, str], code: str = "") -> list[Need]:
    """What a caller needs of a customer's key that a service uses for them; nothing for the service's own key.

    about is the encryption context. The service's own key, aws/…, has a policy that lets the whole account use it there.
    """
    if not name or "alias/aws/" in name:
        return []
    context = {"kms:ViaService": f"{service}.{settings.current().region}.amazonaws.com", **_caller()}
    context |= {f"kms:EncryptionContext:{k}": v for k, v in about.items()}
    if about:
        context["kms:EncryptionContextKeys"] = list(about)
    return [Need(f"kms:{action}", arn(name), context, code) for action in actions]


def _caller() -> dict[str, str]:
    return {"kms:CallerAccount": settings.current().account}
