"""Searching logs, and the metrics that come of them."""

import json
import time
from typing import Any

from awslocal import log_patterns
from awslocal.log_conditions import PatternError
from tests.support import Case, client, name

# What counts as an error unless a stack file says otherwise: components/slo/services.go.
ERRORS = "%ERROR|level.{3,4}error|level.{3,4}fatal|level.{2,3}[56]0%"
EVENTS = [
    json.dumps({"level": "error", "severity": "ERROR", "code": 500, "tags": ["a", "b"], "user": None, "ok": False}),
    "GET /x 500 in 12 ms",
    '127.0.0.1 - [10/Oct/2026] "GET /y" 404 1534',
    "all fine",
]


class Patterns(Case):
    def test_found(self) -> None:
        for pattern, expected in (
            ("", [0, 1, 2, 3]),
            ("ERROR", [0]),
            ('"500"', [0, 1]),
            ('"GET /x"', [1]),
            ("GET 500", [1]),
            ("?ERROR ?fine", [0, 3]),
            ("?ERROR fine", [3]),
            ("GET -500", [2]),
            ("-GET", [0, 3]),
            ("%4\\d4%", [2]),
            (ERRORS, [0]),
            ('{ $.level = "error" || $.level >= 50 }', [0]),
            ('{ $.level = "error" }', [0]),
            ('{ $.level = "err*" && $.code >= 500 }', [0]),
            ("{ ($.code = 500) && ($.ok IS TRUE || $.user IS NULL) }", [0]),
            ("{ $.code > 500 }", []),
            ('{ $.tags[1] = "b" }', [0]),
            ('{ $.tags[*] != "a" }', [0]),
            ("{ $.missing NOT EXISTS }", [0]),
            ('{ $.missing = "x" }', []),
            ("{ $.level = %^e% }", [0]),
            ("[ip, id, date, request, status = 4*, bytes > 1000]", [2]),
            ("[ip, id, date, request, status = 5*, bytes]", []),
            ("[method = GET, ..., unit = ms]", [1]),
        ):
            with self.subTest(pattern):
                fits = log_patterns.compile(pattern)
                self.assertEqual([i for i, event in enumerate(EVENTS) if fits(event) is not None], expected)

    def test_default_finds_what_loggers_of_node_write(self) -> None:
        fits = log_patterns.compile(ERRORS)
        for event, error in (
            ("2025-10-07 ERROR connect refused", True),
            ('{"level":"error","message":"x"}', True),
            ('{"level": "fatal", "message": "x"}', True),
            ('{"level":50,"msg":"x"}', True),
            ('{"level": 60,"msg":"x"}', True),
            ('{"level":30,"msg":"no error"}', False),
            ('{"level":"info","message":"0 errors, 50 requests"}', False),
        ):
            with self.subTest(event):
                self.assertEqual(fits(event) is not None, error)

    def test_refused(self) -> None:
        for pattern in ("{", "{ $.a }", "{ $.a = }", "{ $.a > x }", "{ a = 1 }", "{ $.a = 1 } x", "[a", '"open', "%(%"):
            with self.subTest(pattern), self.assertRaises(PatternError):
                log_patterns.compile(pattern)


class Logs(Case):
    def setUp(self) -> None:
        self.logs, self.group = client("logs"), name("/logs/")
        self.logs.create_log_group(logGroupName=self.group)
        self.now = int(time.time() * 1000) // 60_000 * 60_000 - 600_000  # the beginning of a minute

    def write(self, stream: str, *events: tuple[int, str]) -> None:
        if stream not in [s["logStreamName"] for s in self.streams()]:
            self.logs.create_log_stream(logGroupName=self.group, logStreamName=stream)
        self.logs.put_log_events(
            logGroupName=self.group,
            logStreamName=stream,
            logEvents=[{"timestamp": self.now + at, "message": message} for at, message in events],
        )

    def streams(self, **more: Any) -> list[dict[str, Any]]:
        return self.logs.describe_log_streams(logGroupName=self.group, **more)["logStreams"]

    def found(self, **more: Any) -> list[tuple[int, str]]:
        events = self.logs.filter_log_events(logGroupName=self.group, **more)["events"]
        return [(e["timestamp"] - self.now, e["message"]) for e in events]

    def test_filtered_in_the_order_of_time(self) -> None:
        self.write("a/1", (0, "ERROR one"), (20, '{"level": "error"}'))
        self.write("b/1", (10, "ERROR two"), (30, "fine"))
        self.assertEqual(self.found(filterPattern="ERROR"), [(0, "ERROR one"), (10, "ERROR two")])
        self.assertEqual(self.found(filterPattern='{ $.level = "error" }'), [(20, '{"level": "error"}')])
        self.assertEqual(len(self.found(startTime=self.now + 10, endTime=self.now + 20)), 2)
        self.assertEqual(self.found(logStreamNamePrefix="b/", filterPattern="ERROR"), [(10, "ERROR two")])
        self.refused("InvalidParameterException", self.found, filterPattern="{ $.level = ")
        self.refused("InvalidParameterException", self.found, nextToken="!")
        self.refused("ResourceNotFoundException", self.logs.filter_log_events, logGroupName=self.group + "x")

    def test_filtered_in_pages(self) -> None:
        self.write("a", *[(i, f"ERROR {i}") for i in range(5)])
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.group, filterPattern="ERROR", PaginationConfig={"PageSize": 2}
        )
        self.assertEqual(
            [[e["message"][-1] for e in page["events"]] for page in pages], [["0", "1"], ["2", "3"], ["4"]]
        )

    def test_streams_by_their_last_event(self) -> None:
        for stream, at in (("b", 30), ("a", 10), ("c", 20)):
            self.write(stream, (at, "x"))
        got = [s["logStreamName"] for s in self.streams(orderBy="LastEventTime", descending=True)]
        self.assertEqual(got, ["b", "c", "a"])
        self.assertEqual([s["logStreamName"] for s in self.streams()], ["a", "b", "c"])

    def test_events_up_to_the_end(self) -> None:
        self.write("a", (0, "x"), (10, "y"))
        events = self.logs.get_log_events(
            logGroupName=self.group, logStreamName="a", startTime=self.now, endTime=self.now + 10
        )["events"]
        self.assertEqual([e["message"] for e in events], ["x"])

    def filter(self, pattern: str, space: str, **more: Any) -> None:
        rule = {"metricName": "m", "metricNamespace": space, "metricValue": "1", **more}
        self.logs.put_metric_filter(
            logGroupName=self.group, filterName="f", filterPattern=pattern, metricTransformations=[rule]
        )

    def metric(self, space: str, stat: str = "Sum", **dimensions: str) -> list[float]:
        points = client("cloudwatch").get_metric_statistics(
            Namespace=space,
            MetricName="m",
            Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
            StartTime=self.now / 1000,
            EndTime=self.now / 1000 + 300,
            Period=60,
            Statistics=[stat],
        )["Datapoints"]
        return [p[stat] for p in sorted(points, key=lambda p: p["Timestamp"])]

    def test_metric_filter_counts(self) -> None:
        space = name("Logs")
        self.filter('"ERROR"', space, defaultValue=0)
        self.write("a", (0, "ERROR"), (1, "fine"), (2, "ERROR again"), (60_000, "fine"), (60_001, "fine"))
        self.assertEqual(self.metric(space), [2, 0])
        self.assertEqual(self.metric(space, "SampleCount")[1], 1)
        self.assertEqual(
            self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"][0]["metricFilterCount"], 1
        )

    def test_metric_filter_reads_values(self) -> None:
        space = name("Logs")
        self.filter("{ $.ms > 0 }", space, metricValue="$.ms", dimensions={"Path": "$.path"})
        self.write("a", (0, '{"ms": 12.5, "path": "/x"}'), (1, '{"ms": 3}'), (2, "other"))
        self.assertEqual(self.metric(space, Path="/x"), [12.5])
        self.assertEqual(self.metric(space), [])

    def test_metric_filter_is_replaced_and_goes_with_its_group(self) -> None:
        space = name("Logs")
        self.filter("ERROR", space)
        self.filter("WARN", space)
        listed = self.logs.describe_metric_filters(logGroupName=self.group)["metricFilters"]
        self.assertEqual([f["filterPattern"] for f in listed], ["WARN"])
        self.write("a", (0, "ERROR"))
        self.assertEqual(self.metric(space), [])
        self.refused("InvalidParameterException", lambda: self.filter("{", space))
        self.logs.delete_log_group(logGroupName=self.group)
        self.assertEqual(self.logs.describe_metric_filters(logGroupName=self.group)["metricFilters"], [])
