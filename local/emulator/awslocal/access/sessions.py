"""Which role a request's credentials were given for.

STS keeps sessions, and the access key in a request names one. A key that is no session's is the administrator's, but
one that looks like a session's is refused, as one that has expired is.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from moto.core.utils import utcnow
from moto.sts.models import AssumedRole, STSBackend, sts_backends

from awslocal import iam_policy, settings

# A task's credentials are in its environment, where nothing can renew them, so they last as long as any task does.
TASK_SESSION_SECONDS = 10 * 365 * 24 * 3600


class Invalid(Exception):
    """Credentials that AWS does not take; code and text are those of STS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Session:
    """A role as somebody has assumed it. policy is the session's own, which narrows the role's."""

    role: str
    name: str
    policy: str | None = None

    @property
    def account(self) -> str:
        """The account of the role."""
        return self.role.split(":")[4]

    @property
    def arn(self) -> str:
        """The session as AWS names it in refusals."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role.rpartition('/')[2]}/{self.name}"

    @property
    def user_id(self) -> str:
        """The value of aws:userid: the role's id and the session's name."""
        found = iam_policy.find_role(self.role)
        return f"{found.id if found else 'AROA'}:{self.name}"


def of(environ: dict[str, Any]) -> Session | None:
    """The session that signed a request; None for the administrator's keys; Invalid when AWS would not take them."""
    key, token = _credentials(environ)
    found = next((s for s in reversed(list(_backend().assumed_roles)) if s.access_key_id == key), None)
    if found is None:
        if key.startswith("ASIA"):
            raise Invalid("InvalidClientTokenId", "The security token included in the request is invalid.")
        return None
    if token != found.session_token:
        raise Invalid("InvalidClientTokenId", "The security token included in the request is invalid.")
    if found.expiration <= utcnow():
        raise Invalid("ExpiredToken", "The security token included in the request is expired")
    return Session(found.role_arn, found.session_name, found.policy or None)


def start(role: str, name: str) -> AssumedRole:
    """Credentials of a role for a task; called with moto's lock held."""
    return _backend().assume_role(settings.current().region, name, role, "", TASK_SESSION_SECONDS, "")


def _backend() -> STSBackend:
    return sts_backends[settings.current().account]["aws"]


def _credentials(environ: dict[str, Any]) -> tuple[str, str]:
    """The access key and the session token of a request, from its headers or, where it is presigned, its query."""
    header = re.search(r"Credential=([^/,]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    if header:
        return header.group(1), environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
    query = parse_qs(environ.get("QUERY_STRING", ""))
    key = query.get("X-Amz-Credential", [""])[0].split("/")[0] or query.get("AWSAccessKeyId", [""])[0]
    token = query.get("X-Amz-Security-Token", query.get("x-amz-security-token", [""]))[0]
    return key, token
