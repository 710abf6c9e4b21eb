"""How much Fargate runs at once: the account's quota of vCPUs (service_quotas.py), and what is in use of it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate: tasks count by their vCPUs
for as long as they have not stopped. Over the quota RunTask is refused, and a service says that it was unable to place a
task, and tries again.
"""

from typing import Any

from awslocal import settings

UNITS = 1024  # of CPU in a vCPU


class Full(Exception):
    """No room for another task."""

    def __init__(self) -> None:
        super().__init__("You've reached the limit on the number of vCPUs you can run concurrently")


def used(backend: Any) -> float:
    """How many vCPUs run now."""
    tasks = (task for cluster in backend.tasks.values() for task in cluster.values())
    return sum(_units(task) for task in tasks if task.last_status != "STOPPED") / UNITS


def room(backend: Any, definition: Any) -> int:
    """How many more tasks of a definition fit into the quota now."""
    left, size = (settings.current().scenario.fargate_vcpus() - used(backend)) * UNITS, _units(definition)
    return max(0, int(left // size)) if size else 1


def require(backend: Any, definition: Any, tasks: int = 1) -> None:
    """Full when so many tasks of a definition do not fit any more."""
    if tasks and room(backend, definition) < (tasks if _units(definition) else 1):
        raise Full


def _units(thing: Any) -> int:
    """A task's or a definition's CPU units, which may also be written as vCPU."""
    text = str(thing.cpu or "0").lower().replace(" ", "")
    return int(float(text.removesuffix("vcpu")) * UNITS) if text.endswith("vcpu") else int(float(text))
