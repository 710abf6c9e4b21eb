"""The health of what is behind load balancers, by real checks, with the states and reasons of ELB.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html: a new target is
"initial" until its first check that passes, or until as many failed as make it unhealthy; from then on thresholds
decide. A target that is taken out is "draining" for the group's deregistration delay and then gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from awslocal import pace
from awslocal.compute.probe import Answer, Question

Key = tuple[str, str, int]  # group, address, port
STARTING = {"State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress"}
CHECKING = {"State": "initial", "Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks in progress"}
UNUSED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
DRAINING = {
    "State": "draining",
    "Reason": "Target.DeregistrationInProgress",
    "Description": "Target deregistration is in progress",
}
UNCHECKED = {
    "State": "unavailable",
    "Reason": "Target.HealthCheckDisabled",
    "Description": "Health checks are disabled for this target group",
}


@dataclass
class _Target:
    health: dict[str, str]
    next_check: float = 0
    checking: bool = False
    passed: int = 0  # in a row
    failed: int = 0
    drained_at: float | None = None


class Targets:
    """Follows the targets of all groups of one region. Every method is called with moto's lock held."""

    def __init__(self, account: str, region: str, clock: Callable[[], float]) -> None:
        self._backend = elbv2_backends[account][region]
        self._clock = clock
        self._known: dict[Key, _Target] = {}

    def due(self) -> Iterator[tuple[Key, Question]]:
        """Take up what was registered and taken out since, and give the checks to be made now."""
        now, present = self._clock(), self._registered()
        for key, target in list(self._known.items()):
            group = present.get(key)
            if group is None:
                self._drain(key, target, now)
        for key, group in present.items():
            target = self._known.get(key)
            if target is None or target.drained_at is not None:
                target = self._known[key] = _Target(STARTING)
            if not group.load_balancer_arns:
                target.health = UNUSED
            elif not group.health_check_enabled:
                target.health = UNCHECKED
            elif not target.checking and now >= target.next_check:
                target.checking = True
                target.next_check = now + pace.within("target check interval", float(group.health_check_interval_seconds))
                if target.health in (STARTING, UNUSED, UNCHECKED):
                    target.health = CHECKING
                yield key, _question(group, key)

    def _registered(self) -> dict[Key, FakeTargetGroup]:
        return {
            (group.arn, str(target["Id"]), int(target["Port"])): group
            for group in self._backend.target_groups.values()
            if group.target_type == "ip"
            for target in group.targets.values()
        }

    def _drain(self, key: Key, target: _Target, now: float) -> None:
        group = self._backend.target_groups.get(key[0])
        if target.drained_at is None:
            delay = float(group.attributes["deregistration_delay.timeout_seconds"]) if group else 0.0
            # There are no requests to wait for where none were sent.
            used = target.health["State"] in ("healthy", "unhealthy")
            target.drained_at = now + (pace.within("target deregistration delay", delay) if used else 0)
            target.health = DRAINING
        if now >= target.drained_at:
            del self._known[key]

    def record(self, key: Key, answer: Answer) -> None:
        """A check has been made."""
        target, group = self._known.get(key), self._backend.target_groups.get(key[0])
        if target is None or group is None or target.drained_at is not None:
            return
        target.checking = False
        target.passed, target.failed = (target.passed + 1, 0) if answer.passed else (0, target.failed + 1)
        fresh = target.health["State"] == "initial"
        if answer.passed and (fresh or target.passed >= int(group.healthy_threshold_count)):
            target.health = {"State": "healthy"}
        elif not answer.passed and target.failed >= int(group.unhealthy_threshold_count):
            target.health = {"State": "unhealthy", "Reason": answer.reason, "Description": answer.description}

    def health(self, group: Any) -> dict[tuple[str, int], dict[str, str]]:
        """The health of a group's targets by address and port, in the order in which they were registered."""
        present = {(str(t["Id"]), int(t["Port"])): STARTING for t in group.targets.values()}
        known = {key[1:]: target.health for key, target in self._known.items() if key[0] == group.arn}
        gone = {key: {**DRAINING} for key in known if key not in present}
        return {**{key: known.get(key, health) for key, health in present.items()}, **gone}

    def draining(self, address: str) -> bool:
        """Whether any group still lets requests to this address come to their end."""
        return any(key[1] == address for key in self._known)


def _question(group: FakeTargetGroup, key: Key) -> Question:
    port = group.health_check_port
    return Question(
        protocol=str(group.health_check_protocol),
        address=key[1],
        port=key[2] if port in (None, "traffic-port") else int(port),
        path=group.health_check_path or "/",
        codes=str((getattr(group, "matcher", None) or {}).get("HttpCode") or "200"),
        timeout=float(group.health_check_timeout_seconds),
    )
