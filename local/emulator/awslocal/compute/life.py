"""Where a task stands on its way through the agent's hands."""

import enum
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow

from awslocal.compute.plan import Plan
from awslocal.ecs_task import Task


class Phase(enum.Enum):
    """What the agent does with a task next; what others see of it is its lastStatus."""

    NEW = "to be prepared and launched"
    LAUNCHING = "its images are pulled and its containers made"
    UP = "its containers run"
    DRAINING = "requests to it come to their end"
    STOPPING = "its containers are told to stop"
    REMOVING = "its containers and volumes are removed"
    GONE = "nothing is left of it"


@dataclass
class Life:
    """What the agent knows of a task beside what the task shows."""

    definition: Any
    since: float  # when it was made, later when it became RUNNING; on the agent's clock
    phase: Phase = Phase.NEW
    plan: Plan | None = None
    done: bool = False  # the work of this phase, which is done without moto's lock, has ended
    failure: str = ""  # why it could not be launched
    proven: bool = False  # it has been as its service wants it, once
    give_up_at: float | None = None  # on waiting for the end of its logs
    not_before: float = 0  # on the agent's clock: AWS takes that long for this phase


def end(task: Task, code: str, reason: str) -> None:
    """Say that a task is to stop, and why; the first reason stays."""
    if task.desired_status == "STOPPED":
        return
    task.desired_status = "STOPPED"
    task.stop_code, task.stopped_reason = code, reason
    task.stopping_at = utcnow()
    task.version += 1


def alive(task: Task) -> bool:
    """Whether a task runs or is on its way there, and nobody wants it to stop."""
    return task.desired_status == "RUNNING"
