"""What policies say about an action on a resource, decided as IAM does, and the policies of roles.

moto checks no permissions. The rules are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html for one account: a Deny that
fits ends it, else an Allow is needed, and a permissions boundary has to allow it too. access/decide.py puts a role's
policies and a resource's together; policies of organizations are not looked at.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.iam.models import IAMBackend, ManagedPolicy, Role, iam_backends

from awslocal.iam_conditions import Context, holds, missing_keys

ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"


@dataclass(frozen=True)
class Policy:
    """A policy document with where it comes from, in SimulatePrincipalPolicy's words."""

    source: str
    kind: str
    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, source: str, kind: str, document: str | Mapping[str, Any]) -> "Policy":
        """A policy from its JSON."""
        parsed = document if isinstance(document, Mapping) else json.loads(decoded(document))
        return cls(source, kind, tuple(_list(parsed.get("Statement", []))))


@dataclass(frozen=True)
class Decision:
    """What the policies say, which of them decided it, and the context keys that were asked for and not given."""

    outcome: str
    matched: tuple[Policy, ...] = ()
    missing: tuple[str, ...] = ()


def decide(
    policies: Iterable[Policy],
    action: str,
    resource: str,
    context: Context,
    boundary: Iterable[Policy] | None = None,
) -> Decision:
    """IAM's decision about one action on one resource."""
    decision = _evaluate(list(policies), action, resource, context)
    if boundary is None or decision.outcome == EXPLICIT_DENY:
        return decision
    limit = _evaluate(list(boundary), action, resource, context)
    return decision if limit.outcome == ALLOWED else limit


def _evaluate(policies: list[Policy], action: str, resource: str, context: Context) -> Decision:
    allowing, denying, missing = [], [], set()
    for policy in policies:
        for statement in policy.statements:
            if not _speaks_of(statement, action, resource, context):
                continue
            conditions = statement.get("Condition") or {}
            missing |= missing_keys(conditions, context)
            if holds(conditions, context):
                (denying if statement.get("Effect") == "Deny" else allowing).append(policy)
    unknown = tuple(sorted(missing))
    if denying:
        return Decision(EXPLICIT_DENY, tuple(denying), unknown)
    return Decision(ALLOWED if allowing else IMPLICIT_DENY, tuple(allowing), unknown)


def _speaks_of(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    if "NotAction" in statement:
        action_fits = not any(_fits(p, action, re.IGNORECASE) for p in _list(statement["NotAction"]))
    else:
        action_fits = any(_fits(p, action, re.IGNORECASE) for p in _list(statement.get("Action", [])))
    if not action_fits:
        return False
    patterns = [_filled(str(p), context) for p in _list(statement.get("NotResource", statement.get("Resource", [])))]
    return any(_fits(p, resource) for p in patterns) != ("NotResource" in statement)


def _fits(pattern: str, value: str, flags: int = 0) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def _filled(pattern: str, context: Context) -> str:
    """A resource with its policy variables, ${aws:username}, replaced; an unknown one fits nothing."""
    given = {key.lower(): value for key, value in context.items()}
    return re.sub(r"\$\{([^}]+)\}", lambda m: str(given.get(m.group(1).lower(), "\0")), pattern)


def find_role(arn: str) -> Role | None:
    """The role of this ARN, or None."""
    backend = _backend(arn)
    return next((role for role in list(backend.roles.values()) if role.arn == arn), None) if backend else None


def role_arn(account: str, name: str) -> str | None:
    """The ARN of the account's role of this name, or None."""
    return next((role.arn for role in list(iam_backends[account]["aws"].roles.values()) if role.name == name), None)


def policies_of(role: Role) -> list[Policy]:
    """A role's own policies and the managed ones attached to it."""
    inline = [Policy.of(name, "IAM Policy", text) for name, text in list(role.policies.items())]
    return inline + [Policy.of(p.name, "IAM Policy", _in_force(p)) for p in list(role.managed_policies.values())]


def boundary_of(role: Role) -> list[Policy] | None:
    """A role's permissions boundary, or None when it has none; a boundary that was deleted allows nothing."""
    if not role.permissions_boundary_arn:
        return None
    backend = _backend(role.arn)
    found = backend.managed_policies.get(role.permissions_boundary_arn) if backend else None
    return [Policy.of(found.name, "IAM Permissions Boundary", _in_force(found))] if found else []


def _in_force(policy: ManagedPolicy) -> str:
    """The document of a managed policy's default version."""
    return next(version.document for version in policy.versions if version.is_default)


def _backend(arn: str) -> IAMBackend | None:
    parts = arn.split(":")
    return iam_backends[parts[4]][parts[1]] if len(parts) >= 6 and parts[4] else None


def decoded(document: str) -> str:
    """A policy document's JSON, which IAM keeps URL-encoded at times."""
    return document if document.lstrip().startswith("{") else unquote(document)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
