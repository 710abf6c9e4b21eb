"""What Docker shows of a task's containers, as DescribeTasks shows it."""

from awslocal.compute.plan import Seen
from awslocal.ecs_task import Task

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
KILLED = 137  # 128 + SIGKILL: of a container that somebody removed by force
HEALTH = {"starting": "UNKNOWN", "healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}


def containers(task: Task, seen: dict[str, Seen]) -> None:
    """Bring a launched task's containers up to date; one that is gone without a trace was killed."""
    for container in task.own:
        now = seen.get(container.name)
        if now is None:
            if container.status == "RUNNING":
                container.status, container.exit_code = "STOPPED", KILLED
            continue
        container.image_digest = now.digest or container.image_digest
        container.health = HEALTH.get(now.health, "UNKNOWN")
        if now.running:
            container.status = "RUNNING"
        elif now.exit_code is not None:
            container.status, container.exit_code = "STOPPED", now.exit_code
            container.reason = OUT_OF_MEMORY if now.out_of_memory else container.reason


def essential_ended(task: Task, seen: dict[str, Seen]) -> bool:
    """Whether a container has ended, or vanished, without which the task is not to go on."""
    return any(c.essential and (c.status == "STOPPED" or c.name not in seen) for c in task.own)


def all_run(seen: dict[str, Seen], task: Task) -> bool:
    """Whether every container has started; those that are not essential may have ended by now."""
    return all(c.status == "RUNNING" or (c.status == "STOPPED" and not c.essential) for c in task.own) and any(
        s.address for s in seen.values()
    )


def address(task: Task, seen: dict[str, Seen]) -> None:
    """The task's address is that of its containers: it is the one that answers."""
    task.address(next(s.address for s in seen.values() if s.address))
