"""What a call needs: the IAM actions and, for each, the resources.

Most actions have the name of the call. Resources come from a service's own rules (RULES) or, without any, from the ARNs in
the request that are of the kind the action is about. Where there are none of these, the resource is unknown, and only a
decision that holds for all of them can be made (decide.py).
"""

from collections.abc import Callable
from typing import Any

from awslocal.access import compute_needs, kms_needs, parameters, passed_roles, reference, s3_needs, small_needs
from awslocal.access.decide import UNKNOWN, Need, NotEmulated
from awslocal.calls import Call

# boto3's name of a service → the prefix of its actions, where they differ.
PREFIXES = {
    "apigatewayv2": "apigateway",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "sesv2": "ses",
    "stepfunctions": "states",
}

# Actions that have another name than their call. S3's are in s3_needs.py.
NAMES = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "budgets:CreateSubscriber": "budgets:ModifyBudget",
    "budgets:DeleteBudget": "budgets:ModifyBudget",
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "budgets:UpdateBudget": "budgets:ModifyBudget",
}

ALWAYS = {"sts:GetCallerIdentity"}  # whatever policies say

Rule = Callable[[Call, dict[str, Any]], list[Need] | None]
RULES: dict[str, Rule] = {
    **compute_needs.RULES,
    **small_needs.RULES,
    "kms": kms_needs.needs,
    "secretsmanager": small_needs.secrets,
}


def needs(call: Call, environ: dict[str, Any]) -> list[Need]:
    """Everything the caller has to be allowed; NotEmulated when IAM has no such action."""
    if str(call) in ALWAYS:
        return []
    if call.service == "s3":
        return s3_needs.needs(call, environ)
    if not call.action:
        raise NotEmulated(f"which call of {call.service} this is cannot be told from the request")
    asked = parameters.of(call, environ)
    rule = RULES.get(call.service)
    own = rule(call, asked) if rule else None
    return (_by_reference(call, asked) if own is None else own) + passed_roles.needs(call, asked)


def _by_reference(call: Call, asked: dict[str, Any]) -> list[Need]:
    action = name(call)
    if not reference.has_action(action):
        raise NotEmulated(f"which action of IAM {call} needs is not emulated")
    patterns = reference.resource_patterns(action)
    if not patterns:
        return [Need(action)]
    fitting = [arn for arn in dict.fromkeys(parameters.arns(asked)) if any(p.fullmatch(arn) for p in patterns)]
    return [Need(action, arn) for arn in fitting] or [Need(action, UNKNOWN)]


def name(call: Call) -> str:
    """The IAM action with the name of a call."""
    plain = f"{PREFIXES.get(call.service, call.service)}:{call.action}"
    return NAMES.get(plain, plain)
