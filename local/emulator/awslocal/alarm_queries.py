"""What a metric alarm watches, as metric data queries: one metric, or metric math."""

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDataQuery

from awslocal.errors import Refused
from awslocal.metric_queries import Evaluation, Query, checked_period

ONE = "m1"  # the id of an alarm's only metric


def queries(alarm: Alarm) -> list[Query]:
    """The alarm's queries; an error of the API when they cannot be evaluated."""
    if alarm.metric_data_queries:
        return [Query.of(_as_asked(query), i) for i, query in enumerate(alarm.metric_data_queries, 1)]
    dimensions = [{"Name": d.name, "Value": d.value} for d in alarm.dimensions]
    read = {
        "Metric": {"Namespace": alarm.namespace, "MetricName": alarm.metric_name, "Dimensions": dimensions},
        "Period": alarm.period,
        "Stat": alarm.statistic or alarm.extended_statistic,
        "Unit": alarm.unit,
    }
    return [Query.of({"Id": ONE, "MetricStat": read})]


def returned(asked: list[Query]) -> Query:
    """The one query whose series the alarm compares."""
    shown = [query for query in asked if query.returned]
    if len(shown) != 1:
        raise Refused("ValidationError", "Exactly one element of the metrics list should return data.")
    return shown[0]


def check(backend: CloudWatchBackend, alarm: Alarm) -> None:
    """Refuse an alarm that could never be evaluated, as PutMetricAlarm does."""
    if alarm.threshold_metric_id:
        return  # an anomaly detector's band: kept, and not evaluated
    asked = queries(alarm)
    checked_period(max(query.period for query in asked))
    wanted = returned(asked)
    evaluation = Evaluation(backend, asked, 0, max(query.period for query in asked))
    for query in asked:
        if len(evaluation.lines(query.id)) != 1 and query is wanted:
            raise Refused("ValidationError", "An alarm's expression must return a single time series.")


def _as_asked(query: MetricDataQuery) -> dict[str, Any]:
    asked = {
        "Id": query.id,
        "Label": query.label,
        "Period": query.period,
        "ReturnData": query.return_data,
        "Expression": query.expression,
    }
    if query.metric_stat:
        metric = query.metric_stat.metric
        asked["MetricStat"] = {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.metric_name,
                "Dimensions": [{"Name": d.name, "Value": d.value} for d in metric.dimensions],
            },
            "Period": query.metric_stat.period,
            "Stat": query.metric_stat.stat,
            "Unit": query.metric_stat.unit,
        }
    return asked
