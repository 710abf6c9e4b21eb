"""The service scheduler: which tasks a service gets and loses, and when a deployment is done.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html. New tasks are started up to
maximumPercent of the desired count, old ones are stopped down to minimumHealthyPercent of it; a task counts as healthy
once it is RUNNING, its containers' checks pass and its targets are healthy.
"""

import math
import traceback
from collections.abc import Callable
from typing import Any

from moto.ecs.models import Service
from moto.elbv2.models import elbv2_backends

from awslocal import ecs_deployments, fargate, pace, settings
from awslocal.compute import rollout
from awslocal.compute.life import alive, end
from awslocal.compute.rollout import Rollout
from awslocal.compute.targets import Targets
from awslocal.ecs_deployments import event
from awslocal.ecs_task import Task

SCHEDULER = "ServiceSchedulerInitiated"
PLACEMENT_RETRY_SECONDS = 15.0  # ours; AWS says only that it tries again


class Scheduler:
    """Looks after services. Every method is called with moto's lock held, and changes nothing but moto's state."""

    def __init__(self, targets: Targets, clock: Callable[[], float]) -> None:
        self._targets, self._clock = targets, clock
        self._rollouts: dict[str, Rollout] = {}  # by deployment

    def schedule(self, service: Service) -> None:
        """Take the steps that are possible now."""
        if service.status == "DRAINING" and not ecs_deployments.tasks_of(service):
            service.status = "INACTIVE"
        if service.status == "ACTIVE" and service.deployments:
            primary = service.deployments[0]
            state = self._rollouts.setdefault(primary["id"], Rollout())
            self._judge_tasks(service, state)
            self._judge_deployment(service, primary, state)
            self._stop_surplus(service)
            self._start_missing(service)
            self._conclude(service)
        self._count(service)

    def failed(self, service: Service, task: Task) -> None:
        """A task ended by itself or for a check, without ever having been as its service wants it."""
        deployment = next((d for d in service.deployments if d["id"] == task.started_by), None)
        if deployment is None:
            return
        state = self._rollouts.setdefault(deployment["id"], Rollout())
        state.failed(self._clock(), rollout.threshold(service))
        deployment["failedTasks"] = state.failures
        if state.failures == rollout.threshold(service):
            event(service, "is unable to consistently start tasks successfully.")

    def _judge_tasks(self, service: Service, state: Rollout) -> None:
        """Stop what fails its checks; a task that passes all of them ends the count of failures."""
        for task in filter(alive, ecs_deployments.tasks_of(service)):
            if task.last_status != "RUNNING":
                continue
            if self._ready(service, task):
                if not task.life.proven and task.started_by == service.deployments[0]["id"]:
                    state.failures, service.deployments[0]["failedTasks"] = 0, 0
                task.life.proven = True
            elif self._clock() - task.life.since >= pace.within("service grace period", service.health_check_grace_period_seconds or 0):
                self._stop_unhealthy(service, task)

    def _ready(self, service: Service, task: Task) -> bool:
        checked = any(c.essential and c.checked for c in task.own)
        if task.last_status != "RUNNING" or (checked and any(not _passes(c) for c in task.own)):
            return False
        targets = self._targets_of(service, task)
        if not checked and not targets:
            # A process that ends at once is RUNNING for a moment too.
            return self._clock() - task.life.since >= pace.seconds("service settle time")
        return all(health["State"] == "healthy" for _, health in targets)

    def _targets_of(self, service: Service, task: Task) -> list[tuple[dict[str, Any], dict[str, str]]]:
        """The service's load balancers with the health of this task behind each; a group that is gone is left out."""
        groups = elbv2_backends[service._account_id][service.region_name].target_groups
        found = []
        for target in service.load_balancers:
            group = groups.get(target.get("targetGroupArn"))
            if group is not None and task.addresses:
                key = (task.addresses[0]["privateIpv4Address"], int(target["containerPort"]))
                found.append((target, self._targets.health(group).get(key, {"State": "unused"})))
        return found

    def _stop_unhealthy(self, service: Service, task: Task) -> None:
        if task.health_status == "UNHEALTHY":
            event(service, f"(task {task.id}) failed container health checks.")
            self._fail(service, task, "Task failed container health checks")
            return
        for target, health in self._targets_of(service, task):
            if health["State"] == "unhealthy":
                group = f"(target-group {target['targetGroupArn']})"
                why = f"(reason {health['Description']})"
                event(service, f"(port {target['containerPort']}) is unhealthy in {group} due to {why}.")
                self._fail(service, task, f"Task failed ELB health checks in {group}")
                return

    def _fail(self, service: Service, task: Task, reason: str) -> None:
        end(task, SCHEDULER, reason)
        if not task.life.proven:
            self.failed(service, task)

    def _judge_deployment(self, service: Service, primary: dict[str, Any], state: Rollout) -> None:
        if primary["rolloutState"] != "IN_PROGRESS":
            return
        if state.watched is None:
            rollout.watch(service, primary, state)
        if verdict := rollout.verdict(service, state):
            rollout.fail(service, self._rollouts, *verdict)

    def _stop_surplus(self, service: Service) -> None:
        """Tasks of earlier deployments as new ones take their place, and what is too many of the PRIMARY's."""
        tasks = [t for t in ecs_deployments.tasks_of(service) if alive(t)]
        primary = service.deployments[0]
        own = [t for t in tasks if t.started_by == primary["id"]]
        # One that is not ready goes first, the newest first among equals.
        own.sort(key=lambda t: not self._ready(service, t))
        stopped = own[service.desired_count :]
        if primary["rolloutState"] != "FAILED" and not _lingers(service):
            stopped += self._replaced(service, tasks)
        for task in stopped:
            end(task, SCHEDULER, f"Scaling activity initiated by (deployment {task.started_by})")
        if stopped:
            which = " ".join(f"(task {task.id})" for task in stopped)
            event(service, f"has stopped {len(stopped)} running tasks: {which}.")

    def _replaced(self, service: Service, tasks: list[Task]) -> list[Task]:
        """Tasks of earlier deployments that can go now: all that serve nobody, and of the others what is left over."""
        primary = service.deployments[0]["id"]
        least = math.ceil(service.desired_count * service.deployment_configuration["minimumHealthyPercent"] / 100)
        ready = [t for t in tasks if self._ready(service, t)]
        others = [t for t in tasks if t.started_by != primary]
        idle = [t for t in others if t not in ready]
        spare = max(0, len(ready) - least)
        return idle + [t for t in others if t in ready][:spare]

    def _start_missing(self, service: Service) -> None:
        primary = service.deployments[0]
        state = self._rollouts.setdefault(primary["id"], Rollout())
        if primary["rolloutState"] == "FAILED" or self._clock() < state.retry_at:
            return
        tasks = [t for t in ecs_deployments.tasks_of(service) if alive(t)]
        most = math.floor(service.desired_count * service.deployment_configuration["maximumPercent"] / 100)
        missing = service.desired_count - sum(t.started_by == primary["id"] for t in tasks)
        started: list[Task] = []
        for _ in range(min(missing, most - len(tasks))):
            try:
                started.append(ecs_deployments.start(service, primary, state.started))
            except fargate.Full as full:  # that is no failed task: ECS tries again
                ecs_deployments.unplaced(service, full)
                state.retry_at = self._clock() + pace.within("deployment retry delay", PLACEMENT_RETRY_SECONDS)
                break
            except Exception as error:  # noqa: BLE001 - a subnet or a revision that is gone ends no other service
                traceback.print_exc()
                event(service, f"was unable to place a task. Reason: {error}.")
                state.failed(self._clock(), rollout.threshold(service))
                break
            state.started += 1
        if started:
            state.steady_since = None
            which = " ".join(f"(task {task.id})" for task in started)
            event(service, f"has started {len(started)} tasks: {which}.")

    def _conclude(self, service: Service) -> None:
        """Complete the deployment once its tasks are all there is, and its alarms have been silent for a while."""
        primary, now = service.deployments[0], self._clock()
        state = self._rollouts.setdefault(primary["id"], Rollout())
        tasks = ecs_deployments.tasks_of(service)
        if _lingers(service):
            tasks = [t for t in tasks if t.started_by == primary["id"]]
        ready = sum(t.started_by == primary["id"] and alive(t) and self._ready(service, t) for t in tasks)
        if ready != service.desired_count or len(tasks) != ready:
            state.steady_since = None
            return
        if state.steady_since is None:
            state.steady_since = now
            if primary["rolloutState"] == "COMPLETED":
                event(service, "has reached a steady state.")
        if primary["rolloutState"] == "IN_PROGRESS" and now - state.steady_since >= rollout.bake_seconds(service, state):
            ecs_deployments.complete(service, primary)
            primary["rolloutStateReason"] = state.note or primary["rolloutStateReason"]

    def _count(self, service: Service) -> None:
        tasks = [t for t in ecs_deployments.tasks_of(service) if alive(t)]
        for deployment in service.deployments:
            own = [t.last_status for t in tasks if t.started_by == deployment["id"]]
            deployment["runningCount"] = own.count("RUNNING")
            deployment["pendingCount"] = len(own) - deployment["runningCount"]
            primary = deployment["status"] == "PRIMARY" and deployment["rolloutState"] != "FAILED"
            deployment["desiredCount"] = service.desired_count if primary else len(own)
        ecs_deployments.count(service)
        service.running_count = sum(t.last_status == "RUNNING" for t in tasks)
        service.pending_count = len(tasks) - service.running_count


def _lingers(service: Service) -> bool:
    return settings.current().scenario.lingers(service.name)


def _passes(container: Any) -> bool:
    return not (container.essential and container.checked) or container.health_status == "HEALTHY"
