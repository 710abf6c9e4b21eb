"""What one emulator was started with; the additions read it when they are called."""

from dataclasses import dataclass, field
from pathlib import Path

from awslocal.scenario import Scenario

MOTO_VERSION = "5.2.1"


@dataclass(frozen=True)
class Settings:
    """The command line, in types.

    registry is the host:port under which a Docker daemon reaches the OCI registry that stands in for ECR.
    data is the only folder anything is written to.
    """

    account: str
    region: str
    registry: str
    data: Path
    scenario: Scenario = field(default_factory=Scenario)


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
