"""What one emulator was started with; the additions read it when they are called."""

from dataclasses import dataclass, field
from pathlib import Path

from awslocal.scenario import Scenario

MOTO_VERSION = "5.2.1"
SIMULATED, DOCKER = "simulated", "docker"


@dataclass(frozen=True)
class Settings:
    """The command line, in types.

    registry is the host:port under which a Docker daemon reaches the OCI registry that stands in for ECR.
    data is the only folder anything is written to.
    compute is what tasks are: "simulated", which run nothing, or "docker", which are containers.
    network is the name of the Docker network that containers are put on; docker_host is the daemon's address, empty
    for Docker's default; task_endpoint is where a container reaches this emulated AWS. All three are for "docker".
    pace is how long things take, one of pace.PACES; seed is what the durations are drawn by.
    """

    account: str
    region: str
    registry: str
    data: Path
    scenario: Scenario = field(default_factory=Scenario)
    compute: str = SIMULATED
    network: str = ""
    docker_host: str = ""
    task_endpoint: str = "http://aws.internal"
    pace: str = "fast"
    seed: int = 0


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Make settings the ones of this process: moto's state is one per process, so these are too."""
    global _current
    _current = settings


def current() -> Settings:
    """The settings in use; an error before use() has been called."""
    if _current is None:
        raise RuntimeError("settings: none in use: call awslocal.settings.use first")
    return _current
