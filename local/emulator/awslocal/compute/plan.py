"""What a runtime is asked to run, and what it says of it: the small interface between ECS and Docker."""

from dataclasses import dataclass, field
from typing import Protocol


class Failed(Exception):
    """A task could not be started; the text is the stoppedReason or reason that ECS gives."""


@dataclass(frozen=True)
class Check:
    """A container's own health check, in ECS's words; durations in seconds."""

    command: list[str]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0


@dataclass(frozen=True)
class ContainerPlan:
    """One container, with everything resolved. memory in MiB (0: no limit), cpu in 1/1024 of a processor (0: no limit)."""

    name: str
    image: str
    environment: dict[str, str]
    command: list[str] | None = None
    entrypoint: list[str] | None = None
    user: str | None = None
    folder: str | None = None
    cpu: int = 0
    memory: int = 0
    read_only: bool = False
    init: bool = False
    dropped: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    mounts: list[tuple[str, str, bool]] = field(default_factory=list)  # volume, path, read only
    check: Check | None = None
    labels: dict[str, str] = field(default_factory=dict)
    logged: bool = False


@dataclass(frozen=True)
class Plan:
    """One task: its containers share a network address, that of the first one."""

    task: str
    containers: list[ContainerPlan]
    labels: dict[str, str] = field(default_factory=dict)
    architecture: str = "amd64"  # in Docker's words; an image of another one is not run


@dataclass(frozen=True)
class Seen:
    """A container as it is now. running and exit_code are both unset of one that was made and never started."""

    running: bool = False
    exit_code: int | None = None
    out_of_memory: bool = False
    health: str = ""  # starting, healthy, unhealthy, or empty without a check
    address: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Usage:
    """What a container has used: processor time since it started, in seconds, and memory now, in bytes."""

    cpu_seconds: float
    memory_bytes: int


class Runtime(Protocol):
    """Runs containers. Every method may take long and is called without moto's lock; tasks are named by id."""

    def launch(self, plan: Plan) -> None:
        """Pull, make and start all containers of a task; Failed says why not, as ECS words it."""

    def look(self) -> dict[str, dict[str, Seen]]:
        """Every container there is, by task and name."""

    def stop(self, task: str, seconds: int) -> None:
        """SIGTERM, and SIGKILL for what is still there after as many seconds. A task that is gone is no error."""

    def remove(self, task: str) -> None:
        """Remove a task's containers and volumes."""

    def logs(self, task: str) -> tuple[dict[str, list[tuple[int, str]]], bool]:
        """New lines by container, with the time of each in ms; and whether there will be no more."""

    def usage(self, task: str) -> dict[str, Usage]:
        """What each running container of a task uses."""

    def close(self) -> None:
        """Remove everything that this runtime has started."""
