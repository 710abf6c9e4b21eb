"""ECS tasks: finding them, and running one-off ones (B9, B10).

moto starts no tasks for a service, cannot list by service, and breaks on a container without memory of its own. Here:

- ListTasks keeps to its filters, the service among them;
- a task of RunTask has an exit code only once it has STOPPED. Where nothing runs, RunTask answers with a task that is
  PENDING, the next DescribeTasks shows it RUNNING, the one after that STOPPED with the scenario's exit code;
- RunTask with a clientToken it has seen answers with the same tasks.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from awslocal import compute, fargate, patch
from awslocal.ecs_task import Task


@patch.replace(EC2ContainerServiceResponse)
def run_task(self: EC2ContainerServiceResponse) -> ActionResult:
    """Start one-off tasks; all of them are Fargate tasks here."""
    backend, asked = self.ecs_backend, self._get_params()
    cluster = backend._get_cluster(asked.get("cluster") or "default")
    definition = backend.describe_task_definition(asked["taskDefinition"])
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    seen = backend.__dict__.setdefault("client_tokens", {})
    token = asked.get("clientToken")
    if token in seen:
        return ActionResult({"tasks": seen[token], "failures": []})
    try:
        fargate.require(backend, definition, asked.get("count") or 1)
    except fargate.Full as full:
        raise EcsClientException(f"{full}.") from full
    tasks = [
        Task(
            cluster,
            definition,
            backend.account_id,
            group=asked.get("group"),
            started_by=asked.get("startedBy"),
            tags=asked.get("tags"),
            overrides=asked.get("overrides"),
            network=asked.get("networkConfiguration"),
            enable_execute_command=asked.get("enableExecuteCommand"),
        )
        for _ in range(asked.get("count") or 1)
    ]
    backend.tasks.setdefault(cluster.name, {}).update({task.task_arn: task for task in tasks})
    for task in tasks:
        compute.current().begin(task)
    if token:
        seen[token] = tasks
    return ActionResult({"tasks": tasks, "failures": []})


@patch.replace(EC2ContainerServiceBackend)
def describe_tasks(self: EC2ContainerServiceBackend, cluster_str: str, tasks: list[str]) -> list[Task]:
    """The tasks of one cluster, by id or ARN; looking at a simulated one-off task moves it on."""
    known = self.tasks.get(self._get_cluster(cluster_str).name, {}).values()
    if not tasks:
        raise InvalidParameterException("Tasks cannot be empty.")
    wanted = {task.split("/")[-1] for task in tasks}
    found = [task for task in known if task.id in wanted]
    for task in found:
        compute.current().advance(task)
    return found


@patch.around(EC2ContainerServiceResponse, "describe_tasks")
def _missing(original: Any, self: EC2ContainerServiceResponse) -> ActionResult:
    answer = original(self)
    found = {task.id for task in answer.result["tasks"]}
    answer.result["failures"] = [
        {"arn": task, "reason": "MISSING"} for task in self._get_param("tasks", []) if task.split("/")[-1] not in found
    ]
    return answer


@patch.replace(EC2ContainerServiceBackend)
def list_tasks(
    self: EC2ContainerServiceBackend,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,
) -> list[Task]:
    """The tasks of one cluster that match every filter; the status asked for is RUNNING when none is given."""
    cluster = self._get_cluster(cluster_str or "default")
    service = (service_name or "").split("/")[-1]
    return [
        task
        for task in self.tasks.get(cluster.name, {}).values()
        if container_instance is None
        and family in (None, task.family)
        and started_by in (None, task.started_by)
        and (not service or task.group == f"service:{service}")
        and task.desired_status == (desiredStatus or "RUNNING")
    ]


@patch.replace(EC2ContainerServiceBackend)
def stop_task(self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None) -> Task:
    """Stop a task; a service replaces it."""
    tasks = self.tasks.get(self._get_cluster(cluster_str).name, {}).values()
    task = next((t for t in tasks if t.id == task_str.rpartition("/")[2]), None)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    if task.last_status != "STOPPED":
        compute.current().stop(task, "UserInitiated", reason or "Task stopped by user")
    return task
