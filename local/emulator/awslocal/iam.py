"""IAM: SimulatePrincipalPolicy, with which one asks whether a role may do something without trying it.

moto does not have it. Only roles are simulated; who has permissions here is always a role.
"""

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from awslocal import iam_policy, patch
from awslocal.errors import Refused
from awslocal.iam_policy import Decision, Policy

MOST = 1000  # results on a page, AWS's own maximum; its default is 100
DEFAULT = 100


@patch.add(IamResponse)
def simulate_principal_policy(self: IamResponse) -> ActionResult:
    """What a role's policies, and those given with the request, say about actions on resources."""
    asked = self._get_params()
    arn = asked["PolicySourceArn"]
    if ":role/" not in arn:
        raise NotImplementedError(f"SimulatePrincipalPolicy for {arn}")
    role = iam_policy.find_role(arn)
    if role is None:
        raise NotFoundException(f"The role with name {arn.rpartition('/')[2]} cannot be found.")
    policies = iam_policy.policies_of(role) + _given(asked, "PolicyInputList", "IAM Policy")
    boundary = _given(asked, "PermissionsBoundaryPolicyInputList", "IAM Permissions Boundary")
    context = {e["ContextKeyName"]: e.get("ContextKeyValues", []) for e in asked.get("ContextEntries", [])}
    results = [
        _result(
            action,
            resource,
            iam_policy.decide(policies, action, resource, context, boundary or iam_policy.boundary_of(role)),
        )
        for action, resource in _questions(asked)
    ]
    first = _first(asked.get("Marker"), len(results))
    last = first + min(int(asked.get("MaxItems") or DEFAULT), MOST)
    more = {"IsTruncated": True, "Marker": str(last)} if last < len(results) else {"IsTruncated": False}
    return ActionResult({"EvaluationResults": results[first:last], **more})


def _questions(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for action in asked["ActionNames"]:
        if ":" not in action:
            raise Refused("InvalidInput", f"Invalid Entity Action: {action}")
        for resource in asked.get("ResourceArns") or ["*"]:
            yield action, resource


def _given(asked: dict[str, Any], name: str, kind: str) -> list[Policy]:
    try:
        return [Policy.of(f"{name}.{i}", kind, text) for i, text in enumerate(asked.get(name) or [], 1)]
    except ValueError as error:
        raise Refused("InvalidInput", f"{name}: not a policy document: {error}") from error


def _result(action: str, resource: str, decision: Decision) -> dict[str, Any]:
    sources = dict.fromkeys((policy.source, policy.kind) for policy in decision.matched)
    matched = [{"SourcePolicyId": source, "SourcePolicyType": kind} for source, kind in sources]
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision.outcome,
        "MatchedStatements": matched,
        "MissingContextValues": list(decision.missing),
    }


def _first(marker: str | None, count: int) -> int:
    if marker is None:
        return 0
    if not marker.isdecimal() or int(marker) >= count:
        raise Refused("InvalidInput", "Invalid Marker.")
    return int(marker)
