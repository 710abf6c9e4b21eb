"""Whether a session may do something: its role's policies, what narrows them, and the resource's own policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, for one account:

- a Deny that fits, anywhere, ends it;
- else the role's policies or the resource's policy have to allow it, and a boundary and a session's policy too;
- a key's policy has to allow it in any case: to the role itself, or to the account, which leaves it to the role's policies;
  a role's trust is read in the same way.

What AWS would know and this does not is an error, never a guess: a condition key that is not emulated, and an action on
a resource that cannot be told from the request, where the answer depends on which one it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awslocal import iam_policy
from awslocal.access import context as caller
from awslocal.access import documents
from awslocal.access.documents import Principal
from awslocal.access.sessions import Session
from awslocal.iam_policy import ALLOWED, EXPLICIT_DENY, Decision, Policy

# Condition keys whose absence is the truth: AWS fills them for a service's or a user's requests only, or they are given
# wherever the request says what they ask about.
ABSENT = {
    "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:calledvia", "aws:principalservicename",
    "aws:username", "aws:federatedprovider", "kms:viaservice", "kms:encryptioncontextkeys", "s3:prefix", "s3:delimiter",
    "s3:max-keys", "s3:versionid", "ses:fromdisplayname", "ses:recipients", "sts:externalid", "iam:permissionsboundary",
}  # fmt: skip
ABSENT_PREFIXES = ("aws:principaltag/", "kms:encryptioncontext:", "s3:x-amz-")
UNKNOWN = ""  # a resource that cannot be told from the request


class NotEmulated(Exception):
    """The decision needs something that is not emulated; the text says what."""


@dataclass(frozen=True)
class Need:
    """An action, such as "s3:GetObject", on one resource, and what conditions may ask about this request.

    code is the error that a refusal has, where the service has its own.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True)
class Denied:
    """A refusal: why, in the words that AWS's messages end with."""

    need: Need
    because: str

    def text(self, session: Session, quote: str = "") -> str:
        """AWS's words for it. S3 puts the resource in quotation marks."""
        resource = f"{quote}{self.need.resource or '*'}{quote}"
        return f"User: {session.arn} is not authorized to perform: {self.need.action} on resource: {resource} {self.because}"


def refusal(session: Session, need: Need) -> Denied | None:
    """None when the session may do it."""
    context = {**caller.of(session), **need.context}
    role = iam_policy.find_role(session.role)
    identity = _decide(iam_policy.policies_of(role) if role else [], need, context)
    limits = _limits(session, role, need, context)
    told = documents.spoken(
        documents.of(need.resource), Principal(account=session.account, role=session.role, session=session.arn)
    )
    direct, account = (_decide([Policy("", "Resource Policy", s)], need, context) for s in (told.direct, told.account))
    denied = [
        kind
        for kind, decision in [("identity-based policy", identity), *limits, ("resource-based policy", direct)]
        + [("resource-based policy", account)]
        if decision.outcome == EXPLICIT_DENY
    ]
    if denied:
        return Denied(need, f"with an explicit deny in {_a(denied[0])}")
    if because := _missing(need, identity, direct, account):
        return Denied(need, because)
    for kind, decision in limits:
        if decision.outcome != ALLOWED:
            return Denied(need, f"because no {kind} allows the {need.action} action")
    return None


def _missing(need: Need, identity: Decision, direct: Decision, account: Decision) -> str:
    """Why nothing allows it; empty when something does."""
    if direct.outcome == ALLOWED:
        return ""
    if _own_policy_rules(need) and account.outcome != ALLOWED:
        return f"because no resource-based policy allows the {need.action} action"
    if identity.outcome == ALLOWED:
        return ""
    return f"because no identity-based policy allows the {need.action} action"


def _own_policy_rules(need: Need) -> bool:
    return ":kms:" in need.resource and ":key/" in need.resource or need.action.lower() == "sts:assumerole"


def _limits(session: Session, role: Any, need: Need, context: Mapping[str, Any]) -> list[tuple[str, Decision]]:
    limits = []
    boundary = iam_policy.boundary_of(role) if role else None
    if boundary is not None:
        limits.append(("permissions boundary", _decide(boundary, need, context)))
    if session.policy:
        own = Policy.of("session", "Session Policy", session.policy)
        limits.append(("session policy", _decide([own], need, context)))
    return limits


def _decide(policies: Iterable[Policy], need: Need, context: Mapping[str, Any]) -> Decision:
    policies = list(policies)
    if need.resource == UNKNOWN:
        return _whichever(policies, need, context)
    return _known(iam_policy.decide(policies, need.action, need.resource, context), need)


def _known(decision: Decision, need: Need) -> Decision:
    unknown = [key for key in decision.missing if key.lower() not in ABSENT and not key.lower().startswith(ABSENT_PREFIXES)]
    if unknown:
        raise NotEmulated(f"{need.action} depends on the condition key {', '.join(unknown)}, which is not emulated")
    return decision


def _whichever(policies: list[Policy], need: Need, context: Mapping[str, Any]) -> Decision:
    """The decision where it is the same for every resource there is."""
    somewhere = [Policy(p.source, p.kind, tuple(_anywhere(s) for s in p.statements)) for p in policies]
    everywhere = [Policy(p.source, p.kind, tuple(s for s in p.statements if _everywhere(s))) for p in policies]
    for_some = _known(iam_policy.decide(somewhere, need.action, "*", context), need)
    for_all = iam_policy.decide(everywhere, need.action, "*", context)
    if for_some.outcome != for_all.outcome:
        raise NotEmulated(
            f"{need.action}: the policies speak of single resources, and which one this request is about is not emulated"
        )
    return for_all


def _anywhere(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**{k: v for k, v in statement.items() if k not in ("Resource", "NotResource")}, "Resource": "*"}


def _everywhere(statement: Mapping[str, Any]) -> bool:
    resource = statement.get("Resource")
    return "*" in (resource if isinstance(resource, list) else [resource])


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
