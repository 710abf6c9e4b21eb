"""What the containers of a service use and write, in CloudWatch."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.ecs.models import Service
from moto.logs.models import logs_backends

from awslocal import cloudwatch_data, ecs_deployments, pace
from awslocal.compute.plan import Runtime, Usage
from awslocal.compute.prepare import Place, stream
from awslocal.ecs_task import Task
from awslocal.locks import MOTO

MIB = 1 << 20


class Logs:
    """The awslogs driver. Called with moto's lock held."""

    def __init__(self, place: Place) -> None:
        self._backend = logs_backends[place.account][place.region]
        self._last: dict[str, int] = {}  # by stream, the time of its newest line: PutLogEvents wants them in order

    def write(self, task: Task, lines: dict[str, list[tuple[int, str]]]) -> None:
        """Add lines to the streams of a task's containers; without the group, they are lost, as in AWS."""
        for own in task.life.definition.container_definitions if any(lines.values()) else ():
            names, events = stream(own, task), []
            if names is None or names[0] not in self._backend.groups:
                continue
            for at, text in lines.get(own["name"], []):
                self._last[names[1]] = max(at, self._last.get(names[1], 0))
                events.append({"timestamp": self._last[names[1]], "message": text})
            if events:
                self._backend.ensure_log_stream(*names)
                self._backend.put_log_events(*names, events)


class Meter:
    """AWS/ECS metrics, and those of Container Insights where the cluster has them."""

    def __init__(self, runtime: Runtime, place: Place, clock: Callable[[], float]) -> None:
        self._runtime, self._place, self._clock = runtime, place, clock
        self._next = clock() + pace.seconds("metric period")
        self._before: dict[str, tuple[float, dict[str, Usage]]] = {}

    def due(self, services: Iterable[Service]) -> Callable[[], None] | None:
        """The work of measuring all services, when it is time for it; to be done without moto's lock."""
        if self._clock() < self._next:
            return None
        self._next = self._clock() + pace.seconds("metric period")
        found = [(s, _running(s)) for s in services if s.status == "ACTIVE"]
        kept = {task.id for _, tasks in found for task in tasks}
        self._before = {task: before for task, before in self._before.items() if task in kept}
        return lambda: self._measure(found)

    def _measure(self, services: list[tuple[Service, list[Task]]]) -> None:
        for service, tasks in services:
            used = [(task, self._used(task)) for task in tasks]
            with MOTO:
                self._report(service, [(task, *use) for task, use in used if use])

    def _used(self, task: Task) -> tuple[float, int] | None:
        """Processors used since the last time, and memory now; None the first time and once containers have ended."""
        now, usage = self._clock(), self._runtime.usage(task.id)
        at, earlier = self._before.get(task.id, (now, {}))
        self._before[task.id] = (now, usage)
        if not usage or now <= at:
            return None
        spent = sum(u.cpu_seconds - earlier[name].cpu_seconds for name, u in usage.items() if name in earlier)
        return max(0.0, spent) / (now - at), sum(u.memory_bytes for u in usage.values())

    def _report(self, service: Service, used: list[tuple[Task, float, int]]) -> None:
        cluster = service._backend.clusters.get(service.cluster_name)
        insights = any(s["name"] == "containerInsights" and s["value"] != "disabled" for s in cluster.settings or [])
        dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.name}
        processors = sum(int(task.cpu) / 1024 for task, _, _ in used if task.cpu)
        memory = sum(int(task.memory) * MIB for task, _, _ in used if task.memory)
        values: dict[str, tuple[float, str]] = {}
        if processors:
            values["CPUUtilization"] = (100 * sum(cpu for _, cpu, _ in used) / processors, "Percent")
        if memory:
            values["MemoryUtilization"] = (100 * sum(size for _, _, size in used) / memory, "Percent")
        self._put("AWS/ECS", dimensions, values)
        if insights:
            self._put("ECS/ContainerInsights", dimensions, _insights(service, used))

    def _put(self, namespace: str, dimensions: dict[str, str], values: dict[str, tuple[float, str]]) -> None:
        metrics: list[dict[str, Any]] = [
            {"name": name, "dimensions": dimensions, "value": value, "unit": unit}
            for name, (value, unit) in values.items()
        ]
        cloudwatch_data.put(namespace, metrics, self._place.account, self._place.region)


def _running(service: Service) -> list[Task]:
    return [t for t in ecs_deployments.tasks_of(service) if t.last_status == "RUNNING"]


def _insights(service: Service, used: list[tuple[Task, float, int]]) -> dict[str, tuple[float, str]]:
    values = {
        "DesiredTaskCount": (float(service.desired_count), "Count"),
        "RunningTaskCount": (float(service.running_count), "Count"),
        "PendingTaskCount": (float(service.pending_count), "Count"),
        "DeploymentCount": (float(len(service.deployments)), "Count"),
    }
    if used:
        values["CpuUtilized"] = (1024 * sum(cpu for _, cpu, _ in used), "None")
        values["MemoryUtilized"] = (sum(size for _, _, size in used) / MIB, "Megabytes")
    return values
