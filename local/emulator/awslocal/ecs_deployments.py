"""How a service's tasks follow its deployments, and what the scenario makes of a deployment (B6, B7).

A new deployment is PRIMARY, the one before it stays ACTIVE until the new one has all its tasks, and is then gone.
All of that happens within the call, so a service is steady as soon as it can be. The scenario can make it fail:

rollback  the new deployment's tasks do not start. With a circuit breaker that rolls back, the service returns to the
          last completed deployment's task definition in a deployment of its own, and the failed one is gone: steady,
          and not what was asked for. Without rollback, or for a first deployment, it stays as FAILED; without a
          circuit breaker it goes on trying, IN_PROGRESS.
pinned    no more than that many tasks of the newest deployment run; those of the one before it stay meanwhile.
"""

import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.elbv2.models import elbv2_backends

from awslocal import settings
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


def settle(service: Service) -> None:
    """Bring deployments, tasks and counts to where they belong under the scenario in force."""
    if service.status != "ACTIVE" or not service.deployments:
        return
    primary = service.deployments[0]
    if primary["rolloutState"] == "IN_PROGRESS":
        _progress(service, primary)
    for deployment in service.deployments:
        _count(service, deployment)
    _match_tasks(service)


def _progress(service: Service, primary: dict[str, Any]) -> None:
    pinned = settings.current().scenario.pinned(service.name)
    if settings.current().scenario.rolls_back(service.name):
        _fail(service, primary)
    elif pinned is None or pinned >= service.desired_count:
        _complete(service, primary)


def _complete(service: Service, deployment: dict[str, Any]) -> None:
    deployment["rolloutState"] = "COMPLETED"
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
    deployment["updatedAt"] = utcnow()
    service.deployments = [deployment]
    _event(service, f"(deployment {deployment['id']}) deployment completed.")
    _event(service, "has reached a steady state.")


def _fail(service: Service, primary: dict[str, Any]) -> None:
    breaker = service.deployment_configuration["deploymentCircuitBreaker"]
    primary["failedTasks"] = max(primary["failedTasks"], service.desired_count)
    if not breaker["enable"]:
        return
    primary["rolloutState"] = "FAILED"
    primary["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
    _event(service, f"(deployment {primary['id']}) deployment failed: tasks failed to start.")
    if breaker["rollback"] and len(service.deployments) > 1:
        service.task_definition = service.deployments[1]["taskDefinition"]
        again = deploy(service)
        _event(service, f"rolling back to deployment {again['id']}.")
        _complete(service, again)
        again["rolloutStateReason"] = f"ECS deployment circuit breaker: rolling back to deploymentId {again['id']}."


def _count(service: Service, deployment: dict[str, Any]) -> None:
    running = _running(service, deployment)
    deployment["desiredCount"] = service.desired_count
    deployment["runningCount"] = running
    deployment["pendingCount"] = 0 if deployment["rolloutState"] == "FAILED" else service.desired_count - running


def _running(service: Service, deployment: dict[str, Any]) -> int:
    """How many tasks of a deployment run: all, but for a newest one that is pinned or does not get started."""
    scenario = settings.current().scenario
    if deployment["status"] != "PRIMARY":
        return service.desired_count
    completed, pinned = deployment["rolloutState"] == "COMPLETED", scenario.pinned(service.name)
    if pinned is not None and (completed or not scenario.rolls_back(service.name)):
        return min(pinned, service.desired_count)
    return service.desired_count if completed else 0


def _match_tasks(service: Service) -> None:
    """Stop tasks that no deployment wants any more and start those that are missing."""
    backend: EC2ContainerServiceBackend = service._backend
    cluster = backend._get_cluster(service.cluster_name)
    tasks = backend.tasks.setdefault(cluster.name, {})
    mine = [t for t in tasks.values() if t.group == f"service:{service.name}" and t.last_status != "STOPPED"]
    for deployment in service.deployments:
        own = [t for t in mine if t.started_by == deployment["id"]]
        mine = [t for t in mine if t.started_by != deployment["id"]] + own[deployment["runningCount"] :]
        for place in range(len(own), deployment["runningCount"]):
            task = _start(service, deployment, place)
            tasks[task.task_arn] = task
    for task in mine:
        _register(service, task, "deregister_targets")
        task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {task.started_by})", 0)
    service.running_count = sum(d["runningCount"] for d in service.deployments)
    service.pending_count = max(0, service.desired_count - service.running_count)
    running = [t for t in tasks.values() if t.last_status == "RUNNING"]
    cluster.running_tasks_count, cluster.pending_tasks_count = len(running), 0
    cluster.active_services_count = sum(
        s.status == "ACTIVE" and s.cluster_arn == cluster.arn for s in backend.services.values()
    )


def _start(service: Service, deployment: dict[str, Any], place: int) -> Task:
    backend: EC2ContainerServiceBackend = service._backend
    definition = backend.describe_task_definition(deployment["taskDefinition"])
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}.get(service.propagate_tags, [])
    task = Task(
        backend._get_cluster(service.cluster_name),
        definition,
        backend.account_id,
        group=f"service:{service.name}",
        started_by=deployment["id"],
        tags=list(tags),
        network=deployment["networkConfiguration"],
        enable_execute_command=service.enable_execute_command,
        place=place,
    )
    task.run()
    _register(service, task, "register_targets")
    return task


def _register(service: Service, task: Task, change: str) -> None:
    """Put a task's address into the service's target groups, or take it out; a group may be gone by then."""
    balancer = elbv2_backends[service._account_id][service.region_name]
    for target in service.load_balancers:
        if task.addresses and target.get("targetGroupArn") in balancer.target_groups:
            address = {"Id": task.addresses[0]["privateIpv4Address"], "Port": target["containerPort"]}
            getattr(balancer, change)(target["targetGroupArn"], [address])


def retire(service: Service) -> None:
    """Stop every task of a service that was deleted."""
    service.desired_count = 0
    service.deployments = []
    _match_tasks(service)


def _event(service: Service, message: str) -> None:
    service.events.insert(
        0, {"id": str(uuid.uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {message}"}
    )
