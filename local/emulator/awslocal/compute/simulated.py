"""Tasks that run nothing: services and tasks are where the scenario wants them, as soon as they are looked at.

All of a deployment happens within the call, so a service is steady as soon as it can be. The scenario can make it fail:

rollback  the new deployment's tasks do not start. With a circuit breaker that rolls back, the service returns to the
          last completed deployment's task definition in a deployment of its own, and the failed one is gone: steady,
          and not what was asked for. Without rollback, or for a first deployment, it stays as FAILED; without a
          circuit breaker it goes on trying, IN_PROGRESS.
pinned    no more than that many tasks of the newest deployment run; those of the one before it stay meanwhile.
"""

from typing import Any

from moto.ecs.models import Service

from awslocal import ecs_deployments, fargate, settings
from awslocal.ecs_task import Task


class Simulated:
    """The compute of a process that was asked for no other; see Compute."""

    def settle(self, service: Service) -> None:
        """Bring deployments, tasks and counts to where they belong under the scenario in force."""
        if service.status != "ACTIVE" or not service.deployments:
            return
        primary = service.deployments[0]
        if primary["rolloutState"] == "IN_PROGRESS":
            _progress(service, primary)
        for deployment in service.deployments:
            _count(service, deployment)
        _match_tasks(service)

    def retire(self, service: Service) -> None:
        """Stop every task at once."""
        service.desired_count = 0
        service.deployments = []
        _match_tasks(service)

    def begin(self, task: Task) -> None:
        """A service's task runs at once; a one-off task when it is looked at."""
        task.last_status = "PENDING"
        if task.group.startswith("service:"):
            task.run()

    def advance(self, task: Task) -> None:
        """One step on the way of a one-off task; a service's task stays as it is."""
        if task.group.startswith("service:") or task.last_status == "STOPPED":
            return
        scenario = settings.current().scenario
        if scenario.fails_to_start(task.family):
            task.stop("TaskFailedToStart", "CannotPullContainerError: the scenario says so", None)
        elif task.last_status == "PENDING":
            task.run()
        else:
            task.stop("EssentialContainerExited", "Essential container in task exited", scenario.exit_code(task.family))

    def stop(self, task: Task, code: str, reason: str) -> None:
        """The task ends on its SIGTERM; a service replaces it when it is next looked at."""
        task.stop(code, reason, 143)

    def targets(self, group: Any) -> None:
        """Nobody checks: every target is healthy."""


def _progress(service: Service, primary: dict[str, Any]) -> None:
    pinned = settings.current().scenario.pinned(service.name)
    if settings.current().scenario.rolls_back(service.name):
        _fail(service, primary)
    elif pinned is not None and pinned < service.desired_count:
        return
    elif _placed(service, primary) < service.desired_count:
        ecs_deployments.unplaced(service, fargate.Full())
    else:
        ecs_deployments.complete(service, primary)


def _placed(service: Service, deployment: dict[str, Any]) -> int:
    """How many tasks of a deployment are there, or fit into what Fargate runs for the account."""
    definition = service._backend.describe_task_definition(deployment["taskDefinition"])
    own = sum(task.started_by == deployment["id"] for task in ecs_deployments.tasks_of(service))
    return min(service.desired_count, own + fargate.room(service._backend, definition))


def _fail(service: Service, primary: dict[str, Any]) -> None:
    breaker = service.deployment_configuration["deploymentCircuitBreaker"]
    primary["failedTasks"] = max(primary["failedTasks"], service.desired_count)
    if not breaker["enable"]:
        return
    primary["rolloutState"] = "FAILED"
    primary["rolloutStateReason"] = "ECS deployment circuit breaker: tasks failed to start."
    ecs_deployments.event(service, f"(deployment {primary['id']}) deployment failed: tasks failed to start.")
    if breaker["rollback"] and len(service.deployments) > 1:
        service.task_definition = service.deployments[1]["taskDefinition"]
        again = ecs_deployments.deploy(service)
        ecs_deployments.event(service, f"rolling back to deployment {again['id']}.")
        ecs_deployments.complete(service, again)
        again["rolloutStateReason"] = f"ECS deployment circuit breaker: rolling back to deploymentId {again['id']}."


def _count(service: Service, deployment: dict[str, Any]) -> None:
    running = _running(service, deployment)
    deployment["desiredCount"] = service.desired_count
    deployment["runningCount"] = running
    deployment["pendingCount"] = 0 if deployment["rolloutState"] == "FAILED" else service.desired_count - running


def _running(service: Service, deployment: dict[str, Any]) -> int:
    """How many tasks of a deployment run: all, but for a newest one that is pinned, finds no room or does not start."""
    scenario = settings.current().scenario
    if deployment["status"] != "PRIMARY":
        return service.desired_count
    completed, pinned = deployment["rolloutState"] == "COMPLETED", scenario.pinned(service.name)
    if pinned is not None and (completed or not scenario.rolls_back(service.name)):
        return min(pinned, service.desired_count)
    if deployment["rolloutState"] == "IN_PROGRESS" and not scenario.rolls_back(service.name):
        return _placed(service, deployment)
    return service.desired_count if completed else 0


def _match_tasks(service: Service) -> None:
    """Stop tasks that no deployment wants any more and start those that are missing."""
    left = ecs_deployments.tasks_of(service)
    for deployment in service.deployments:
        own = [t for t in left if t.started_by == deployment["id"]]
        left = [t for t in left if t.started_by != deployment["id"]] + own[deployment["runningCount"] :]
        for place in range(len(own), deployment["runningCount"]):
            try:
                ecs_deployments.register(service, ecs_deployments.start(service, deployment, place))
            except fargate.Full as full:
                ecs_deployments.unplaced(service, full)
                deployment["runningCount"], deployment["pendingCount"] = place, deployment["desiredCount"] - place
                break
    for task in left:
        ecs_deployments.deregister(service, task)
        task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {task.started_by})", 0)
    ecs_deployments.count(service)
    service.pending_count = max(0, service.desired_count - service.running_count)
