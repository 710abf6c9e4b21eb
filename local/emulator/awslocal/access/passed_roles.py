"""iam:PassRole: whoever gives a role to a service has to be allowed to.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from typing import Any

from awslocal import settings
from awslocal.access.decide import Need
from awslocal.calls import Call

TASKS = "ecs-tasks.amazonaws.com"
# A call → the parameters that name a role, and the service that gets it.
PASSED: dict[str, tuple[tuple[str, ...], str]] = {
    "ec2:CreateFlowLogs": (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    "ecs:RegisterTaskDefinition": (("taskRoleArn", "executionRoleArn"), TASKS),
    "ecs:RunTask": (("overrides.taskRoleArn", "overrides.executionRoleArn"), TASKS),
    "events:PutRule": (("RoleArn",), "events.amazonaws.com"),
    "rds:CreateDBInstance": (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    "rds:ModifyDBInstance": (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    "rds:RestoreDBInstanceFromDBSnapshot": (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    "rds:RestoreDBInstanceToPointInTime": (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
}


def needs(call: Call, asked: dict[str, Any]) -> list[Need]:
    """The roles that a call passes on."""
    parameters, service = PASSED.get(str(call), ((), ""))
    roles = [role for parameter in parameters if (role := _at(asked, parameter))]
    return [Need("iam:PassRole", _arn(role), {"iam:PassedToService": service}) for role in roles]


def _at(asked: dict[str, Any], path: str) -> str:
    value: Any = asked
    for part in path.split("."):
        value = (value or {}).get(part)
    return value or ""


def _arn(role: str) -> str:
    """ECS takes a role's name as well."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{settings.current().account}:role/{role}"
