"""The container that GuardDuty's runtime monitoring adds to each Fargate task.

It is in no task definition, and DescribeTasks shows it among the task's containers, under a name that differs in each
task: https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html. Accounts have it
switched on from outside of any stack, and so has this one, always: whoever reads a task has to go by names. Nothing
runs for it. It starts whether the task's own containers do or not, and ends with an exit code of its own.

ECS lists containers in no order, and the agent's exit code says nothing. Here the two alternate with each task, so that
a reader of the first container, of the last one, or of any exit code is wrong soon: it stands first and ends with 0, or
it stands last and ends with 143, as one that was told to stop.
"""

import itertools
import uuid
from typing import Any

IMAGE = "000000000000.dkr.ecr.ap-southeast-2.amazonaws.com/aws-guardduty-agent-fargate:v1"
DIGEST = "sha256:" + "9" * 64
TERMINATED = 143  # 128 + SIGTERM
_NOT_STARTED = ("PROVISIONING", "PENDING")
_OVER = ("DEPROVISIONING", "STOPPED")
_count = itertools.count()


class Agent:
    """GuardDuty's agent in a task, in the words of DescribeTasks."""

    essential = checked = False
    image, image_digest, cpu, memory, reason = IMAGE, DIGEST, "0", None, None
    health_status = "UNKNOWN"

    def __init__(self, task: Any) -> None:
        self._task, self.first = task, next(_count) % 2 == 0
        self.name = f"aws-guardduty-agent-{uuid.uuid4().hex[:7]}"
        self.container_arn = task.task_arn.replace(":task/", ":container/") + f"/{uuid.uuid4()}"
        self.task_arn, self.network_interfaces = task.task_arn, task.addresses
        self.runtime_id = f"{task.id.replace('-', '')}-{uuid.uuid4().int % 10**10}"

    @property
    def last_status(self) -> str:
        if self._task.last_status in _NOT_STARTED:
            return "PENDING"
        return "STOPPED" if self._task.last_status in _OVER else "RUNNING"

    @property
    def exit_code(self) -> int | None:
        if self.last_status != "STOPPED":
            return None
        return 0 if self.first else TERMINATED

    def beside(self, own: list[Any]) -> list[Any]:
        """The task's containers as ECS lists them."""
        return [self, *own] if self.first else [*own, self]
