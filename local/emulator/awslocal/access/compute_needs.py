"""What calls of ECS and RDS need, which name most things without their ARN."""

from typing import Any

from moto.ecs.models import ecs_backends

from awslocal import settings
from awslocal.access import reference
from awslocal.access.decide import Need
from awslocal.calls import Call

# RDS: a parameter → how the ARN of what it names goes on.
DATABASES = {
    "DBInstanceIdentifier": "db",
    "DBParameterGroupName": "pg",
    "DBSnapshotIdentifier": "snapshot",
    "DBSubnetGroupName": "subgrp",
    "SourceDBInstanceIdentifier": "db",
    "SubscriptionName": "es",
    "TargetDBInstanceIdentifier": "db",
}
ON_SERVICES = {"CreateService", "DeleteService", "UpdateService"}
ON_TASKS = {"ExecuteCommand", "StopTask"}


def _here(service: str) -> str:
    return f"arn:aws:{service}:{settings.current().region}:{settings.current().account}"


def tasks(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """Services, tasks and clusters by name; the task definition that RunTask starts."""
    cluster = str(asked.get("cluster") or "default").rpartition("/")[2]
    context = {"ecs:cluster": f"{_here('ecs')}:cluster/{cluster}"}
    action = f"ecs:{call.action}"
    if call.action == "RunTask":
        return [Need(action, _definition(asked["taskDefinition"]), context)]
    if call.action == "RegisterTaskDefinition":
        return [Need(action, f"{_here('ecs')}:task-definition/{asked['family']}:*")]
    names: list[str] = []
    if call.action in ON_SERVICES:
        names = [_named("service", cluster, asked.get("service") or asked.get("serviceName") or "")]
    elif call.action == "DescribeServices":
        names = [_named("service", cluster, s) for s in asked.get("services") or []]
    elif call.action in ON_TASKS:
        names = [_named("task", cluster, asked.get("task") or "")]
    elif call.action == "DescribeTasks":
        names = [_named("task", cluster, t) for t in asked.get("tasks") or []]
    elif call.action in ("DescribeClusters", "CreateCluster", "DeleteCluster", "UpdateCluster"):
        given = asked.get("clusters") or [asked.get("clusterName") or cluster]
        names = [f"{_here('ecs')}:cluster/{str(c).rpartition('/')[2]}" for c in given]
        context = {}
    return [Need(action, name, context) for name in names] or None


def _named(kind: str, cluster: str, name: str) -> str:
    return name if name.startswith("arn:") else f"{_here('ecs')}:{kind}/{cluster}/{name}"


def _definition(named: str) -> str:
    """The ARN of a task definition; of a family it is the newest revision."""
    if named.startswith("arn:"):
        return named
    if ":" in named:
        return f"{_here('ecs')}:task-definition/{named}"
    revisions = ecs_backends[settings.current().account][settings.current().region].task_definitions.get(named) or {0: None}
    return f"{_here('ecs')}:task-definition/{named}:{max(revisions)}"


def databases(call: Call, asked: dict[str, Any]) -> list[Need] | None:
    """Everything that the request names and the action is about; all of them, where it names nothing."""
    action = f"rds:{call.action}"
    if not reference.has_action(action):
        return None
    patterns = reference.resource_patterns(action)
    given = [(kind, str(asked[p])) for p, kind in DATABASES.items() if asked.get(p)]
    named = [name if name.startswith("arn:") else f"{_here('rds')}:{kind}:{name}" for kind, name in given]
    fitting = [n for n in dict.fromkeys(named) if any(p.fullmatch(n) for p in patterns)]
    if call.action.startswith("Describe") and not fitting and patterns:
        return [Need(action, f"{_here('rds')}:{kind}:*") for kind in dict.fromkeys(DATABASES.values()) if _fits(kind, patterns)]
    return [Need(action, n) for n in fitting] or None


def _fits(kind: str, patterns: Any) -> bool:
    return any(p.fullmatch(f"{_here('rds')}:{kind}:*") for p in patterns)


RULES = {"ecs": tasks, "rds": databases}
