"""Metric filters: the data points that log events give (controls.md, section 2).

moto keeps metric filters and does nothing with them, so an alarm on errors in a log never has data. It also keeps a
second one beside the first when a filter is changed.
"""

import math
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import unix_time_millis
from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream, logs_backends

from awslocal import cloudwatch_data, log_patterns, patch
from awslocal.cloudwatch_data import Metric
from awslocal.cloudwatch_statistics import Sample
from awslocal.log_conditions import PatternError
from awslocal.log_fields import Found

_QUIET = "minute_of_default"  # in a filter: the last minute that got its default value


@patch.replace(LogsBackend)
def put_metric_filter(
    self: LogsBackend, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
) -> None:
    """Keep a filter, in place of an earlier one of its name."""
    self._find_log_group(log_group_name=log_group_name)
    compiled(filter_pattern)
    self.filters.delete_filter(filter_name, log_group_name)
    self.filters.add_filter(filter_name, filter_pattern, log_group_name, metric_transformations)
    self.filters.metric_filters[-1]["creationTime"] = int(unix_time_millis())


@patch.around(LogsBackend, "describe_metric_filters")
def _describe(original: Any, self: LogsBackend, *args: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in kept.items() if k != _QUIET} for kept in original(self, *args)]


@patch.around(LogsBackend, "delete_log_group")
def _delete(original: Any, self: LogsBackend, log_group_name: str) -> None:
    """A group takes its filters with it."""
    original(self, log_group_name)
    self.filters.metric_filters = [f for f in self.filters.metric_filters if f["logGroupName"] != log_group_name]


@patch.around(LogGroup, "to_describe_dict")
def _described(original: Any, self: LogGroup) -> dict[str, Any]:
    return {**original(self), "metricFilterCount": len(_filters(self))}


@patch.around(LogStream, "put_log_events")
def _put(original: Any, self: LogStream, log_events: list[dict[str, Any]]) -> str:
    known = len(self.events)
    answer = original(self, log_events)
    for kept in _filters(self.log_group):
        _count(self.log_group, kept, self.events[known:])
    return answer


def compiled(pattern: str | None) -> log_patterns.Pattern:
    """A pattern, or the error of the API."""
    try:
        return log_patterns.compile(pattern or "")
    except PatternError as error:
        raise InvalidParameterException(str(error)) from error


def _filters(group: LogGroup) -> list[dict[str, Any]]:
    backend = logs_backends[group.account_id][group.region]
    return backend.filters.get_matching_filters(log_group_name=group.name)


def _count(group: LogGroup, kept: dict[str, Any], events: list[LogEvent]) -> None:
    """The data points of one filter, at the times of the events.

    A minute with log events and no match has the default value, once, as AWS describes it; dimensions have none.
    """
    fits = compiled(kept["filterPattern"])
    backend = cloudwatch_backends[group.account_id][group.region]
    for event in events:
        found = fits(event.message)
        minute = event.timestamp // 60_000
        for rule in kept["metricTransformations"]:
            if found is not None:
                value = _value(str(rule["metricValue"]), found)
                dimensions = {name: found.get(path) for name, path in (rule.get("dimensions") or {}).items()}
            elif "defaultValue" not in rule or rule.get("dimensions") or minute <= kept.get(_QUIET, -1):
                continue
            else:
                value, dimensions, kept[_QUIET] = float(rule["defaultValue"]), {}, minute
            if value is None or None in dimensions.values():
                continue
            metric = Metric.of(
                rule["metricNamespace"], rule["metricName"], {name: str(v) for name, v in dimensions.items()}
            )
            unit = rule.get("unit")
            cloudwatch_data.add(backend, metric, [Sample(event.timestamp / 1000, value, value, value, 1.0, unit)])


def _value(text: str, found: Found) -> float | None:
    """A metric's value: a number, or the field it names, which has to hold one."""
    given = found.get(text) if text.startswith("$") else text
    try:
        value = float(given) if not isinstance(given, bool) else math.nan
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
