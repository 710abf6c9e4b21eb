"""Where CloudWatch's data points are kept, and the way in for AWS's own services.

moto has one list of all data points, looked through from end to end for every question. Here each metric (namespace,
name and exactly these dimensions, as in AWS) has a series of its own, in the order of time.
"""

import bisect
import math
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from awslocal import pace, settings
from awslocal.cloudwatch_statistics import Sample

_STORE = "awslocal_series"
OF_SERVICES = ("AWS/", "ECS/")  # namespaces that AWS's services report in; others' data points are there at once


class Metric(NamedTuple):
    """What makes a metric; metrics that differ in one dimension have nothing in common."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """The metric with these dimensions, in whatever order they are given."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


class Series:
    """The samples of one metric, oldest first."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    def add(self, sample: Sample) -> None:
        """Add a sample; it may be older than those that are there."""
        bisect.insort(self._samples, sample, key=lambda s: s.at)

    def between(self, start: float, end: float) -> list[Sample]:
        """The samples from start (included) to end (excluded), both in seconds since 1970."""
        first = bisect.bisect_left(self._samples, start, key=lambda s: s.at)
        return self._samples[first : bisect.bisect_left(self._samples, end, lo=first, key=lambda s: s.at)]

    @property
    def latest(self) -> float:
        """When the newest sample was measured; minus infinity when there is none."""
        return self._samples[-1].at if self._samples else -math.inf


def series(backend: CloudWatchBackend) -> dict[Metric, Series]:
    """All series of one account and region."""
    return backend.__dict__.setdefault(_STORE, {})


def add(backend: CloudWatchBackend, metric: Metric, samples: Iterable[Sample]) -> None:
    """Add samples to a metric, which begins to exist with its first one."""
    kept = series(backend).setdefault(metric, Series())
    for sample in samples:
        kept.add(sample)


def between(
    backend: CloudWatchBackend, metric: Metric, start: float, end: float, unit: str | None = None
) -> list[Sample]:
    """A metric's samples from start to end; with a unit, only those that were sent with it.

    What AWS's own services measure is there to be read only after AWS's time.
    """
    kept = series(backend).get(metric)
    if metric.namespace.startswith(OF_SERVICES) and (late := pace.seconds("metric delay", metric.namespace)):
        end = min(end, time.time() - late)
    found = kept.between(start, end) if kept else []
    return [s for s in found if s.unit == unit] if unit else found


def put(
    namespace: str, metrics: Iterable[Mapping[str, Any]], account: str | None = None, region: str | None = None
) -> None:
    """Take data points as an AWS service reports them, under a name that PutMetricData refuses.

    A metric is {"name", "dimensions": {…}, "value" or "values": […], "unit", "timestamp"}; timestamp is in seconds
    since 1970 or an ISO 8601 text, now when left out. account and region are the emulator's own when left out.
    A metric that cannot be taken is a ValueError, and then none of them is.
    """
    chosen = settings.current()
    if not namespace:
        raise ValueError("metrics: namespace: missing")
    checked = [_checked(namespace, metric) for metric in metrics]
    backend = cloudwatch_backends[account or chosen.account][region or chosen.region]
    for metric, samples in checked:
        add(backend, metric, samples)


def _checked(namespace: str, given: Mapping[str, Any]) -> tuple[Metric, list[Sample]]:
    name = given.get("name")
    if not name:
        raise ValueError(f"metrics: {namespace}: a metric without a name")
    if unknown := set(given) - {"name", "dimensions", "value", "values", "unit", "timestamp"}:
        raise ValueError(f"metrics: {namespace} {name}: unknown: {', '.join(sorted(unknown))}")
    if ("value" in given) == ("values" in given):
        raise ValueError(f"metrics: {namespace} {name}: needs either value or values")
    values = given["values"] if "values" in given else [given["value"]]
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
        raise ValueError(f"metrics: {namespace} {name}: not a finite number: {values!r}")
    at, unit = seconds(given.get("timestamp")), given.get("unit")
    samples = [Sample(at, float(v), float(v), float(v), 1.0, unit) for v in values]
    return Metric.of(namespace, name, given.get("dimensions") or {}), samples


def seconds(timestamp: Any) -> float:
    """A timestamp in seconds since 1970: now for None; a time without a zone is UTC, as moto's are."""
    if timestamp is None:
        return datetime.now(UTC).timestamp()
    if isinstance(timestamp, int | float):
        return float(timestamp)
    moment = timestamp if isinstance(timestamp, datetime) else datetime.fromisoformat(str(timestamp))
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
