"""What ECS tasks are made of.

The additions to moto's ECS keep services, deployments and tasks; whether anything runs is up to the compute in use:

    simulated  nothing runs. Every look at a service or a task finds it where it belongs under the scenario in force.
    docker     (agent.py) tasks are containers, and services follow what becomes of them.

Every method is called with moto's lock held (locks.py), so none of them may wait.
"""

from typing import Any, Protocol


class Compute(Protocol):
    """What the additions to ECS and to the load balancers ask of whatever runs tasks."""

    def settle(self, service: Any) -> None:
        """A service was changed, or is about to be shown."""

    def retire(self, service: Any) -> None:
        """A service was deleted; its tasks are to stop."""

    def begin(self, task: Any) -> None:
        """A task was made and is to run."""

    def advance(self, task: Any) -> None:
        """A task is about to be shown."""

    def stop(self, task: Any, code: str, reason: str) -> None:
        """A task that has not stopped yet is to stop."""

    def targets(self, group: Any) -> dict[tuple[str, int], dict[str, str]] | None:
        """The health of a group's targets by address and port, draining ones included; None where nobody checks."""


_current: Compute | None = None


def use(compute: Compute | None) -> None:
    """Make a compute the one of this process; None for simulated."""
    global _current
    _current = compute


def current() -> Compute:
    """The compute in use: simulated unless another one was chosen."""
    global _current
    if _current is None:
        from awslocal.compute.simulated import Simulated  # imports moto, which reads the environment only once

        _current = Simulated()
    return _current
