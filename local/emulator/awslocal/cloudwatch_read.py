"""CloudWatch's questions about metrics: GetMetricData, GetMetricStatistics, ListMetrics, and PutMetricData.

moto knows five statistics, no percentiles and no metric math, and takes two metrics for one when their dimensions
overlap. What S3 stores is the one thing moto reports by itself; it is not among the metrics here.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum, MetricDatum, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from awslocal import cloudwatch_data, patch
from awslocal.cloudwatch_data import Metric, seconds
from awslocal.cloudwatch_statistics import Sample, statistic
from awslocal.metric_queries import Evaluation, Query, checked_period, checked_statistic, rounded, times

MOST_QUERIES, MOST_POINTS, MOST_STATISTICS = 500, 100_800, 1440


def now() -> float:
    """The time in seconds since 1970; tests put another in its place."""
    return datetime.now(UTC).timestamp()


@patch.around(CloudWatchBackend, "put_metric_data")
def _put(original: Any, self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    """Keep what moto has understood; AWS's own namespaces are closed to everybody else."""
    if namespace.startswith("AWS/"):
        raise InvalidParameterValue(f"The value {namespace} for parameter Namespace is invalid.")
    original(self, namespace, metric_data)
    taken, self.metric_data = self.metric_data, []
    for datum in taken:
        cloudwatch_data.add(self, _metric(datum), [_sample(datum)])


def _metric(datum: MetricDatumBase) -> Metric:
    return Metric.of(datum.namespace, datum.name, {str(d.name): str(d.value) for d in datum.dimensions})


def _sample(datum: MetricDatumBase) -> Sample:
    at = seconds(datum.timestamp)
    if isinstance(datum, MetricAggregatedDatum):
        return Sample(at, datum.min, datum.max, datum.sum, datum.sample_count, datum.unit)
    assert isinstance(datum, MetricDatum)
    return Sample(at, datum.value, datum.value, datum.value, 1.0, datum.unit)


@patch.replace(CloudWatchBackend)
def get_all_metrics(self: CloudWatchBackend) -> list[MetricDatumBase]:
    """One datum per metric, for moto's ListMetrics: the metrics there are, not their values."""
    return [
        MetricDatumBase(m.namespace, m.name, [{"Name": n, "Value": v} for n, v in m.dimensions], None)
        for m in cloudwatch_data.series(self)
    ]


@patch.replace(CloudWatchResponse)
def get_metric_data(self: CloudWatchResponse) -> ActionResult:
    """The series of metrics and expressions, a page at a time."""
    asked = self._get_params()
    queries = _queries(asked.get("MetricDataQueries") or [])
    start, end = seconds(asked["StartTime"]), seconds(asked["EndTime"])
    if start >= end:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    start = rounded(start, min((q.period for q in queries if q.period), default=60), now())
    evaluation = Evaluation(self.cloudwatch_backend, queries, start, end)
    newest_first = (asked.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        lines = evaluation.lines(query.id)  # asked of all: AWS refuses an expression that it is not to show, too
        if query.returned:
            results += [_series(query, line, newest_first) for line in lines]
    return ActionResult(_page(results, asked.get("NextToken"), int(asked.get("MaxDatapoints") or MOST_POINTS)))


def _queries(given: list[dict[str, Any]]) -> list[Query]:
    queries = [Query.of(query, position) for position, query in enumerate(given, 1)]
    if not queries or len(queries) > MOST_QUERIES:
        raise ValidationError(f"The parameter MetricDataQueries must have 1 to {MOST_QUERIES} members.")
    if len({query.id for query in queries}) < len(queries):
        raise ValidationError("The values for parameter id in MetricDataQueries are not unique.")
    return queries


def _series(query: Query, line: dict[float, float], newest_first: bool) -> dict[str, Any]:
    ordered = sorted(line.items(), reverse=newest_first)
    return {
        "Id": query.id,
        "Label": query.shown,
        "Timestamps": [moment(at) for at, _ in ordered],
        "Values": [value for _, value in ordered],
        "StatusCode": "Complete",
    }


def moment(at: float) -> datetime:
    """A time as moto's answers have it: UTC, without saying so."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


def _page(results: list[dict[str, Any]], token: str | None, most: int) -> dict[str, Any]:
    """The data points from the token on, at most so many; a series that goes on later is PartialData."""
    first = _first(token)
    begins, page, last = 0, [], first + most
    total = sum(len(result["Values"]) for result in results)
    for result in results:
        count = len(result["Values"])
        low, high = max(first - begins, 0), min(last - begins, count)
        empty_here = not count and first <= begins <= last and (begins < last or begins == total)
        if low < high or empty_here:
            status = "Complete" if high >= count else "PartialData"
            cut = {key: result[key][low:high] for key in ("Timestamps", "Values")}
            page.append({**result, **cut, "StatusCode": status})
        begins += count
    return {"MetricDataResults": page, **({"NextToken": str(last)} if last < total else {})}


def _first(token: str | None) -> int:
    if token and not token.isdecimal():
        raise InvalidParameterValue("Request parameter NextToken is invalid")
    return int(token or 0)


@patch.replace(CloudWatchResponse)
def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    """Statistics of one metric; AWS leaves their order open, and so may the caller not rely on one."""
    asked = self._get_params()
    names = [*(asked.get("Statistics") or []), *(asked.get("ExtendedStatistics") or [])]
    if not names:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    for name in names:
        checked_statistic(name)
    start, end, period = seconds(asked["StartTime"]), seconds(asked["EndTime"]), checked_period(asked["Period"])
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    start = rounded(start, period, now())
    if (count := math.ceil((end - start) / period)) > MOST_STATISTICS:
        raise InvalidParameterCombination(
            f"You have requested up to {count} datapoints, which exceeds the limit of {MOST_STATISTICS}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    metric = Metric.of(
        asked["Namespace"], asked["MetricName"], {d["Name"]: d["Value"] for d in asked.get("Dimensions") or ()}
    )
    points = []
    for at in times(start, end, period):
        found = cloudwatch_data.between(self.cloudwatch_backend, metric, at, min(at + period, end), asked.get("Unit"))
        if found:
            points.append(_point(at, found, names))
    return ActionResult({"Label": metric.name, "Datapoints": points})


def _point(at: float, found: list[Sample], names: Iterable[str]) -> dict[str, Any]:
    values = {name: value for name in names if (value := statistic(name, found)) is not None}
    extended = {name: value for name, value in values.items() if name.startswith("p")}
    simple = {name: value for name, value in values.items() if name not in extended}
    shown = {"ExtendedStatistics": extended} if extended else {}
    return {"Timestamp": moment(at), "Unit": found[-1].unit or "None", **simple, **shown}
