"""A role in the hands of the ECS agent: what it may do, and AWS's words for what it may not."""

import json
from urllib.parse import unquote

from awslocal import iam_policy
from awslocal.compute.plan import Failed

TASKS = "ecs-tasks.amazonaws.com"


class Actor:
    """A role that ECS has assumed for a task."""

    def __init__(self, role: str, task: str) -> None:
        self._role = role
        account, name = role.split(":")[4], role.rpartition("/")[2]
        self._session = f"arn:aws:sts::{account}:assumed-role/{name}/{task}"

    def may(self, action: str, resource: str, **context: str) -> bool:
        """Whether the role's policies allow it; context is what conditions ask for, with `_` in place of `:`."""
        known = {key.replace("_", ":", 1): value for key, value in context.items()}
        return iam_policy.allows(self._role, action, resource, known)

    def granted(self, document: str | None, action: str, resource: str) -> bool:
        """Whether a resource's own policy allows it to this role, which is enough within an account.

        What such a policy denies is not looked at.
        """
        statements = _list(json.loads(document).get("Statement", [])) if document else []
        naming = [s for s in statements if self._role in _list(_principals(s))]
        policy = iam_policy.Policy("resource", "Resource Policy", tuple(naming))
        return iam_policy.decide([policy], action, resource, {}).outcome == iam_policy.ALLOWED

    def refused(self, action: str, resource: str) -> str:
        """AWS's words for what this role may not do."""
        return (
            f"AccessDeniedException: User: {self._session} is not authorized to perform: {action} on resource: "
            f"{resource} because no identity-based policy allows the {action} action"
        )


def assume(role: str, task: str) -> Actor:
    """The role as ECS takes it; Failed when there is none, or when it does not trust ECS's tasks."""
    found = iam_policy.find_role(role)
    if found is None or not _trusts_tasks(found.assume_role_policy_document):
        raise Failed(
            f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role "
            "being passed has the proper trust relationship and permissions and that your IAM user has permissions to "
            "pass this role."
        )
    return Actor(role, task)


def _trusts_tasks(document: str) -> bool:
    """Conditions of a trust policy are not looked at: they are about whom ECS assumes the role for."""
    statements = json.loads(document if document.lstrip().startswith("{") else unquote(document)).get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and TASKS in _list((statement.get("Principal") or {}).get("Service"))
        for statement in _list(statements)
    )


def _principals(statement: dict) -> object:
    """The AWS principals that a statement of a resource's policy names."""
    principal = statement.get("Principal")
    return principal.get("AWS", []) if isinstance(principal, dict) else []


def _list(value: object) -> list:
    return value if isinstance(value, list) else [value]
