"""A set of metric data queries, as GetMetricData and alarms have them: metrics, and expressions over them."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from awslocal import cloudwatch_data, metric_math
from awslocal.cloudwatch_data import Metric
from awslocal.cloudwatch_statistics import known, statistic
from awslocal.errors import Refused
from awslocal.metric_math_syntax import MathError
from awslocal.metric_math_values import Line, Metrics, Value

HIGH_RESOLUTION = (1, 5, 10, 20, 30)  # periods below a minute that AWS has
DEFAULT_PERIOD = 60


@dataclass(frozen=True)
class Query:
    """One query: a metric with its statistic, or an expression."""

    id: str
    metric: Metric | None = None
    stat: str = ""
    period: int = 0
    unit: str | None = None
    expression: str = ""
    label: str = ""
    returned: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any], position: int = 1) -> "Query":
        """A query as the API has it; position is its number in the request, for error messages."""
        name = given.get("Id", "")
        if not re.fullmatch(r"[a-z][a-zA-Z0-9_]{0,254}", name):
            where = f"MetricDataQueries.member.{position}.Id"
            raise _refused(f"The value {name} for parameter {where} is not matching ^[a-z][a-zA-Z0-9_]*$.")
        read, expression = given.get("MetricStat"), given.get("Expression")
        if bool(read) == bool(expression):
            where = f"MetricDataQueries.member.{position}"
            if read:
                raise _refused(f"The parameters {where}.Expression and {where}.MetricStat are mutually exclusive.")
            raise _refused(f"The parameter {where}.MetricStat is required.\n")  # AWS has the empty line too
        common = {"id": name, "label": given.get("Label") or "", "returned": given.get("ReturnData") is not False}
        if expression:
            if re.match(r"\s*SELECT\b", expression):
                raise NotImplementedError("Metrics Insights queries")
            return cls(**common, expression=expression, period=int(given.get("Period") or 0))
        metric = read["Metric"]
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()}
        return cls(
            **common,
            metric=Metric.of(metric["Namespace"], metric["MetricName"], dimensions),
            stat=checked_statistic(read["Stat"]),
            period=checked_period(read["Period"]),
            unit=read.get("Unit"),
        )

    @property
    def shown(self) -> str:
        """The label, with what AWS puts there when none is given."""
        return self.label or (self.metric.name if self.metric else self.id)


class Evaluation:
    """The answers to queries over the time from start (included) to end (excluded), in seconds since 1970."""

    def __init__(self, backend: CloudWatchBackend, queries: Iterable[Query], start: float, end: float) -> None:
        self._backend, self._start, self._end = backend, start, end
        self._queries = {query.id: query for query in queries}
        self._values: dict[str, Value] = {}
        self._asking: list[str] = []
        periods = [q.period for q in self._queries.values() if q.metric]
        self._period = max(periods, default=DEFAULT_PERIOD)

    def lines(self, name: str) -> list[Line]:
        """The series of one query: one, or several for an expression that gives an array."""
        value = self._value(name)
        if isinstance(value, float):
            raise _in_expression(name, "The result must be a time series, and is a single value")
        return value if isinstance(value, list) else [value]

    def _value(self, name: str) -> Value:
        if name not in self._values:
            query = self._queries[name]
            self._values[name] = self._read(query) if query.metric else self._computed(query)
        return self._values[name]

    def _read(self, query: Query) -> Line:
        line = {}
        for begin in times(self._start, self._end, query.period):
            end = min(begin + query.period, self._end)
            found = cloudwatch_data.between(self._backend, query.metric, begin, end, query.unit)
            value = statistic(query.stat, found)
            if value is not None:
                line[begin] = value
        return line

    def _computed(self, query: Query) -> Value:
        if query.id in self._asking:
            raise _in_expression(query.id, "The expression depends on itself")
        self._asking.append(query.id)
        try:
            metrics = tuple(q.id for q in self._queries.values() if q.metric)
            wanted = metric_math.names(query.expression) | set(metrics)
            lines = {name: self._value(name) for name in wanted if name in self._queries}
            period = query.period or self._period
            grid = tuple(times(self._start, self._end, period))
            return metric_math.evaluate(query.expression, Metrics(lines, grid, period, metrics))
        except MathError as error:
            raise _in_expression(query.id, str(error)) from error
        finally:
            self._asking.pop()


def times(start: float, end: float, period: int) -> list[float]:
    """The beginnings of the periods from start to end."""
    return [start + i * period for i in range(math.ceil((end - start) / period))]


def rounded(start: float, period: int, now: float) -> float:
    """start as CloudWatch rounds it: to the minute, and coarser the longer ago it is, or to a short period.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    day = 86400
    age = now - start
    step = 60 if age < 15 * day else 300 if age < 63 * day else 3600
    if period in HIGH_RESOLUTION:
        step = period
    return math.floor(start / step) * step


def checked_period(period: Any) -> int:
    """A period that AWS has, in seconds."""
    seconds = int(period)
    if seconds not in HIGH_RESOLUTION and (seconds <= 0 or seconds % 60):
        raise _refused(f"The value {seconds} for parameter Period is not a multiple of 60, nor 1, 5, 10, 20 or 30.")
    return seconds


def checked_statistic(name: str) -> str:
    """A statistic that AWS has."""
    if not known(name):
        raise _refused(f"The value {name} for parameter Stat is not supported.")
    return name


def _refused(message: str) -> Refused:
    return Refused("ValidationError", message)


def _in_expression(name: str, why: str) -> Refused:
    return _refused(f"Error in expression '{name}' [{why}]")
