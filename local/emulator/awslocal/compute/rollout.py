"""When a deployment has failed: the circuit breaker and the deployment's alarms.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html. The last completed deployment
becomes the PRIMARY one again, under its own id; the failed one is there, as FAILED, until its tasks are.
"""

from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow
from moto.ecs.models import Service

from awslocal import pace
from awslocal.alarm_queries import queries
from awslocal.ecs_deployments import event

MOST_BACKOFF_SECONDS = 15 * 60.0


@dataclass
class Rollout:
    """What has become of a deployment so far."""

    failures: int = 0  # tasks in a row that never were as the service wants them
    retry_at: float = 0  # when the next one may be started
    started: int = 0
    steady_since: float | None = None
    watched: list[str] | None = None  # the alarms that can end it; None until it has been looked at
    note: str = ""  # rolloutStateReason once it is completed, where that is not the usual one

    def failed(self, now: float, threshold: int) -> None:
        """One more task has failed; from the threshold on, ECS waits longer and longer before the next one."""
        self.failures += 1
        over = self.failures - threshold
        self.retry_at = now + (_backoff(over) if over >= 0 else 0)


def _backoff(over: int) -> float:
    return pace.within("deployment retry delay", min(2.0**over, MOST_BACKOFF_SECONDS))


def threshold(service: Service) -> int:
    """How many failed tasks end a deployment: half the desired ones, 3 at least and 200 at most."""
    return min(max(-(-service.desired_count // 2), 3), 200)


def watch(service: Service, deployment: dict[str, Any], rollout: Rollout) -> None:
    """Choose the alarms to watch as the deployment begins: none, if one of them is in ALARM by then."""
    settings = service.deployment_configuration.get("alarms") or {}
    names = list(settings.get("alarmNames") or []) if settings.get("enable") else []
    ringing = _in_alarm(service, names)
    rollout.watched = [] if ringing else names
    if ringing:
        event(
            service,
            f"(deployment {deployment['id']}) deployment alarms are not monitored for this deployment: "
            f"{', '.join(ringing)} was in ALARM when it began.",
        )


def bake_seconds(service: Service, rollout: Rollout) -> float:
    """For how long silent alarms are watched before the deployment is a success: the longest evaluation among them."""
    alarms = cloudwatch_backends[service._account_id][service.region_name].alarms
    watched = [alarms[name] for name in rollout.watched or [] if name in alarms]
    return pace.within("deployment bake time", max(map(_evaluation_seconds, watched), default=0.0))


def _evaluation_seconds(alarm: Any) -> float:
    """How much time an alarm looks back on; a composite one has no periods of its own."""
    if alarm.rule is not None:
        return 0.0
    return float(max(query.period for query in queries(alarm))) * int(alarm.evaluation_periods)


def verdict(service: Service, rollout: Rollout) -> tuple[str, str, bool] | None:
    """Why the deployment has failed, in ECS's words: the mechanism, what happened, whether to go back; None if not."""
    breaker = service.deployment_configuration["deploymentCircuitBreaker"]
    if breaker["enable"] and rollout.failures >= threshold(service):
        return "circuit breaker", "tasks failed to start.", bool(breaker["rollback"])
    if ringing := _in_alarm(service, rollout.watched or []):
        back = bool(service.deployment_configuration["alarms"].get("rollback"))
        return "alarms", f"alarm detected: {', '.join(ringing)}.", back
    return None


def fail(service: Service, rollouts: dict[str, Rollout], mechanism: str, what: str, back: bool) -> None:
    """End the PRIMARY deployment as FAILED, and go back to the last completed one where there is one."""
    failed = service.deployments[0]
    failed.update(
        rolloutState="FAILED", rolloutStateReason=f"ECS deployment {mechanism}: {what}", updatedAt=utcnow()
    )
    event(service, f"(deployment {failed['id']}) deployment failed: {what}")
    earlier = next((d for d in service.deployments[1:] if d["rolloutState"] == "COMPLETED"), None)
    if not back or earlier is None:
        return
    reason = f"ECS deployment {mechanism}: rolling back to deploymentId {earlier['id']}."
    failed["status"] = "ACTIVE"
    earlier.update(status="PRIMARY", rolloutState="IN_PROGRESS", rolloutStateReason=reason, updatedAt=utcnow())
    service.deployments = [earlier, failed]
    service.task_definition = earlier["taskDefinition"]
    service.network_configuration = earlier["networkConfiguration"] or {}
    rollouts[earlier["id"]] = Rollout(watched=[], note=reason)
    event(service, f"rolling back to deployment {earlier['id']}.")


def _in_alarm(service: Service, names: list[str]) -> list[str]:
    alarms = cloudwatch_backends[service._account_id][service.region_name].alarms
    return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]
