"""The agent: tasks are containers, and services follow what becomes of them.

A few times a second it looks at the containers, then takes every step that is possible now: of each task on its way
(_STEPS, one method for each phase), of each service (scheduler.py), of each target (targets.py). What takes time, such
as a pull, a stop or a health check, is work done by threads of their own, without moto's lock; the next look finds what
came of it.

    PROVISIONING  made                                 DEACTIVATING    taken out of its target groups, draining
    PENDING       its images are pulled, containers    STOPPING        its containers have got SIGTERM
    ACTIVATING    its containers have started          DEPROVISIONING  they are removed
    RUNNING       all of them run, targets registered  STOPPED         with exit codes, reasons and the whole log
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service, ecs_backends

from awslocal import ecs_deployments, pace
from awslocal.compute import cloudwatch, observe, prepare, probe
from awslocal.compute.life import Life, Phase, alive, end
from awslocal.compute.plan import Failed, Runtime, Seen
from awslocal.compute.probe import Answer, Question
from awslocal.compute.scheduler import Scheduler
from awslocal.compute.targets import Key, Targets
from awslocal.ecs_task import Task
from awslocal.locks import MOTO

TICK_SECONDS = 0.3
LOG_END_SECONDS = 5.0  # how long the last lines of a container that has ended are waited for
STOP_DEFAULT_SECONDS = 30
STOPPED_TASK_SECONDS = 3600  # for how long ECS shows a task that has stopped


class Agent:
    """The compute for `--compute docker`; see Compute. submit runs work, on threads of its own unless told otherwise."""

    def __init__(
        self,
        runtime: Runtime,
        place: prepare.Place,
        clock: Callable[[], float] = time.monotonic,
        submit: Callable[[Callable[[], None]], Any] | None = None,
        ask: Callable[[Question], Answer] = probe.ask,
    ) -> None:
        self._runtime, self._place, self._clock, self._ask = runtime, place, clock, ask
        self._submit = submit or ThreadPoolExecutor(32, thread_name_prefix="agent").submit
        self._ecs = ecs_backends[place.account][place.region]
        self._targets = Targets(place.account, place.region, clock)
        self._scheduler = Scheduler(self._targets, clock)
        self._meter = cloudwatch.Meter(runtime, place, clock)
        self._logs = cloudwatch.Logs(place)
        self._tasks: dict[str, Task] = {}
        self._work: list[Callable[[], None]] = []
        self._said = ""
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True, name="agent")

    # What the additions to ECS call, with moto's lock held.

    def settle(self, service: Service) -> None:
        """The agent is about to look anyway; it does so at once."""
        self._wake.set()

    def retire(self, service: Service) -> None:
        """The service is DRAINING until its tasks have stopped."""
        service.status, service.desired_count = "DRAINING", 0
        for task in ecs_deployments.tasks_of(service):
            end(task, "ServiceSchedulerInitiated", "Service was deleted")
        service.deployments = []
        self._wake.set()

    def begin(self, task: Task) -> None:
        """Take a task on."""
        task.last_status = "PROVISIONING"
        definition = self._ecs.describe_task_definition(task.task_definition_arn)
        task.life = Life(definition, self._clock())
        self._takes(task, "task provisioning")
        for container in task.own:
            container.status, container.image_digest, container.health = "PENDING", None, "UNKNOWN"
        self._tasks[task.id] = task
        self._wake.set()

    def advance(self, task: Task) -> None:
        """Looking at a task changes nothing."""

    def stop(self, task: Task, code: str, reason: str) -> None:
        """The task's containers get SIGTERM as soon as nobody sends it requests any more."""
        end(task, code, reason)
        self._wake.set()

    def targets(self, group: Any) -> dict[tuple[str, int], dict[str, str]]:
        """What health checks found."""
        return self._targets.health(group)

    # The loop.

    def start(self) -> None:
        """Look and act until close; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking, and remove every container."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._runtime.close()

    def _loop(self) -> None:
        while not self._closing.is_set():
            try:
                self.tick()
                self._said = ""
            except Exception as error:  # noqa: BLE001 - Docker may answer again in a moment; tasks stay as they were
                if self._said != (said := f"{type(error).__name__}: {error}"):
                    print(f"compute: the state of tasks is not up to date: {said}", file=sys.stderr, flush=True)
                    traceback.print_exc()
                self._said = said
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def tick(self) -> None:
        """Look once, and take the steps that are possible now."""
        seen = self._runtime.look()
        logs = {task: self._runtime.logs(task) for task in list(self._tasks)}
        with MOTO:
            for task in list(self._tasks.values()):
                lines, over = logs.get(task.id, ({}, False))
                self._logs.write(task, lines)
                self._step(task, seen.get(task.id, {}), over)
            for service in list(self._ecs.services.values()):
                self._scheduler.schedule(service)
            for key, question in self._targets.due():
                self._work.append(self._check(key, question))
            if measure := self._meter.due(self._ecs.services.values()):
                self._work.append(measure)
            self._forget()
            work, self._work = self._work, []
        for do in work:
            self._submit(do)

    def _check(self, key: Key, question: Question) -> Callable[[], None]:
        def check() -> None:
            answer = self._ask(question)
            with MOTO:
                self._targets.record(key, answer)

        return check

    def _forget(self) -> None:
        """ECS shows stopped tasks for an hour."""
        for tasks in self._ecs.tasks.values():
            for arn, task in list(tasks.items()):
                if task.stopped_at and (utcnow() - task.stopped_at).total_seconds() > STOPPED_TASK_SECONDS:
                    del tasks[arn]

    # A task's way. Each step is taken with moto's lock held.

    def _step(self, task: Task, seen: dict[str, Seen], over: bool) -> None:
        due = self._clock() >= task.life.not_before
        match task.life.phase:
            case Phase.NEW if due or not alive(task):
                self._prepare(task)
            case Phase.LAUNCHING if task.life.done and due:
                self._launched(task)
            case Phase.UP:
                self._up(task, seen)
            case Phase.DRAINING:
                self._drained(task, seen)
            case Phase.STOPPING if task.life.done:
                self._stopped(task, seen, over)
            case Phase.REMOVING if task.life.done and due:
                self._removed(task)

    def _takes(self, task: Task, what: str) -> None:
        """The phase that begins now lasts at least as long as AWS takes for this."""
        task.life.not_before = self._clock() + pace.seconds(what, task.id)

    def _enter(self, task: Task, phase: Phase, work: Callable[[], None]) -> None:
        """Go to a phase whose work is done without the lock; what goes wrong with it is the task's failure."""
        task.life.phase, task.life.done = phase, False

        def do() -> None:
            failure = ""
            try:
                work()
            except Failed as error:
                failure = str(error)
            except Exception as error:  # noqa: BLE001 - Docker's, or a bug of ours: either way the task is stuck
                traceback.print_exc()
                failure = f"{type(error).__name__}: {error}"
            with MOTO:
                task.life.done, task.life.failure = True, task.life.failure or failure
            self._wake.set()

        self._work.append(do)

    def _prepare(self, task: Task) -> None:
        if not alive(task):
            self._remove(task)
            return
        try:
            plan = prepare.plan(self._place, task, task.life.definition)
        except Failed as error:
            self._end(task, "TaskFailedToStart", str(error))
            self._remove(task)
            return
        task.life.plan, task.last_status, task.pull_started_at = plan, "PENDING", utcnow()
        self._takes(task, "task pulling")
        self._enter(task, Phase.LAUNCHING, lambda: self._runtime.launch(plan))

    def _launched(self, task: Task) -> None:
        if task.life.failure:
            self._end(task, "TaskFailedToStart", task.life.failure)
        else:
            task.pull_stopped_at, task.last_status = utcnow(), "ACTIVATING"
        task.life.phase = Phase.UP

    def _up(self, task: Task, seen: dict[str, Seen]) -> None:
        observe.containers(task, seen)
        if alive(task) and observe.essential_ended(task, seen):
            self._end(task, "EssentialContainerExited", "Essential container in task exited")
        elif alive(task) and task.last_status == "ACTIVATING" and observe.all_run(seen, task):
            observe.address(task, seen)
            task.last_status, task.started_at, task.life.since = "RUNNING", utcnow(), self._clock()
            if service := self._service(task):
                for group in ecs_deployments.register(service, task):
                    ecs_deployments.event(service, f"registered 1 targets in (target-group {group}).")
        if not alive(task):
            self._drain(task)

    def _drain(self, task: Task) -> None:
        if service := self._service(task):
            for group in ecs_deployments.deregister(service, task):
                ecs_deployments.event(service, f"deregistered 1 targets in (target-group {group}).")
        task.last_status, task.life.phase = "DEACTIVATING", Phase.DRAINING

    def _drained(self, task: Task, seen: dict[str, Seen]) -> None:
        observe.containers(task, seen)
        ended = not any(s.running for s in seen.values())
        if not ended and task.addresses and self._targets.draining(task.addresses[0]["privateIpv4Address"]):
            return
        definitions = task.life.definition.container_definitions
        asked = max(int(c.get("stopTimeout") or STOP_DEFAULT_SECONDS) for c in definitions)
        seconds = int(pace.within("task stop timeout", asked))
        task.last_status = "STOPPING"
        self._enter(task, Phase.STOPPING, lambda: self._runtime.stop(task.id, seconds))

    def _stopped(self, task: Task, seen: dict[str, Seen], over: bool) -> None:
        """All exit codes are known, and all that was logged is in CloudWatch."""
        observe.containers(task, seen)
        if any(s.running for s in seen.values()):
            return
        if task.life.give_up_at is None:
            task.execution_stopped_at, task.life.give_up_at = utcnow(), self._clock() + LOG_END_SECONDS
        if over or self._clock() >= task.life.give_up_at:
            self._remove(task)

    def _remove(self, task: Task) -> None:
        task.last_status = "DEPROVISIONING"
        self._takes(task, "task deprovisioning")
        self._enter(task, Phase.REMOVING, lambda: self._runtime.remove(task.id))

    def _removed(self, task: Task) -> None:
        for container in task.own:
            container.status = None
        task.release()
        task.life.phase = Phase.GONE
        del self._tasks[task.id]

    def _end(self, task: Task, code: str, reason: str) -> None:
        """A task ended by itself."""
        if not alive(task):
            return
        end(task, code, reason)
        if code == "TaskFailedToStart":
            for container in task.own:
                container.reason = reason
        service = self._service(task)
        if service and not task.life.proven:
            self._scheduler.failed(service, task)

    def _service(self, task: Task) -> Service | None:
        kind, _, name = task.group.partition(":")
        return self._ecs.services.get(f"{task.cluster_name}:{name}") if kind == "service" else None
