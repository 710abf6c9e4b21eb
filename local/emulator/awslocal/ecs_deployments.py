"""A service's deployments and the tasks made for them, whatever tasks are made of (B6, B7).

A new deployment is PRIMARY, the one before it stays ACTIVE until the new one has all its tasks, and is then gone.
How it gets there is the compute's affair (compute/).
"""

import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.elbv2.models import elbv2_backends

from awslocal import compute, fargate
from awslocal.ecs_task import FARGATE_PLATFORM, Task


def deploy(service: Service) -> dict[str, Any]:
    """Begin a deployment of the service as it is now described; one that was not finished gives way to it."""
    identifier = f"ecs-svc/{uuid.uuid4().int % 10**19:019d}"
    earlier = [{**d, "status": "ACTIVE"} for d in service.deployments if d["rolloutState"] == "COMPLETED"]
    deployment = {
        "id": identifier,
        "status": "PRIMARY",
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identifier} in progress.",
        "taskDefinition": service.task_definition,
        "networkConfiguration": service.network_configuration or None,
        "launchType": service.launch_type,
        "capacityProviderStrategy": service.capacity_provider_strategy,
        "platformVersion": FARGATE_PLATFORM,
        "platformFamily": "Linux",
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "createdAt": utcnow(),
        "updatedAt": utcnow(),
    }
    service.deployments = [deployment, *earlier]
    return deployment


def complete(service: Service, deployment: dict[str, Any]) -> None:
    """The deployment has all it needs; it is the only one from here on."""
    deployment["rolloutState"] = "COMPLETED"
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
    deployment["updatedAt"] = utcnow()
    service.deployments = [deployment]
    event(service, f"(deployment {deployment['id']}) deployment completed.")
    event(service, "has reached a steady state.")


def tasks_of(service: Service) -> list[Task]:
    """The service's tasks that have not stopped, of all its deployments."""
    tasks = service._backend.tasks.get(service.cluster_name, {}).values()
    return [t for t in tasks if t.group == f"service:{service.name}" and t.last_status != "STOPPED"]


def start(service: Service, deployment: dict[str, Any], place: int) -> Task:
    """Make a task of a deployment; place says whose turn it is among the subnets. fargate.Full when there is no room."""
    backend: EC2ContainerServiceBackend = service._backend
    cluster = backend._get_cluster(service.cluster_name)
    definition = backend.describe_task_definition(deployment["taskDefinition"])
    fargate.require(backend, definition)
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}.get(service.propagate_tags, [])
    task = Task(
        cluster,
        definition,
        backend.account_id,
        group=f"service:{service.name}",
        started_by=deployment["id"],
        tags=list(tags),
        network=deployment["networkConfiguration"],
        enable_execute_command=service.enable_execute_command,
        place=place,
    )
    backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
    compute.current().begin(task)
    return task


def register(service: Service, task: Task) -> list[str]:
    """Put a task's address into the service's target groups; the ARNs of those that took it."""
    return _change_targets(service, task, "register_targets")


def deregister(service: Service, task: Task) -> list[str]:
    """Take a task's address out of the service's target groups again; the ARNs of those that had it."""
    return _change_targets(service, task, "deregister_targets")


def _change_targets(service: Service, task: Task, change: str) -> list[str]:
    """A group may be gone by now, and a task may have stopped before it was in one."""
    balancer, changed = elbv2_backends[service._account_id][service.region_name], []
    for target in service.load_balancers:
        group = balancer.target_groups.get(target.get("targetGroupArn"))
        if group is None or not task.addresses:
            continue
        address = {"Id": task.addresses[0]["privateIpv4Address"], "Port": target["containerPort"]}
        if change == "register_targets" or address["Id"] in group.targets:
            getattr(balancer, change)(group.arn, [address])
            changed.append(group.arn)
    return changed


def count(service: Service) -> None:
    """Bring the counts of the service and its cluster up to date with its tasks and deployments."""
    backend: EC2ContainerServiceBackend = service._backend
    cluster = backend._get_cluster(service.cluster_name)
    service.running_count = sum(d["runningCount"] for d in service.deployments)
    statuses = [t.last_status for t in backend.tasks.get(cluster.name, {}).values()]
    cluster.running_tasks_count = statuses.count("RUNNING")
    cluster.pending_tasks_count = sum(statuses.count(s) for s in ("PROVISIONING", "PENDING", "ACTIVATING"))
    cluster.active_services_count = sum(
        s.status == "ACTIVE" and s.cluster_arn == cluster.arn for s in backend.services.values()
    )


def unplaced(service: Service, reason: Exception) -> None:
    """Say that a task found no place; once, for as long as nothing else happens."""
    message = f"was unable to place a task. Reason: {reason}."
    if not service.events or not service.events[0]["message"].endswith(message):
        event(service, message)


def event(service: Service, message: str) -> None:
    """Add to what DescribeServices shows as events, of which ECS keeps the last hundred."""
    shown = {"id": str(uuid.uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {message}"}
    service.events = [shown, *service.events[:99]]
