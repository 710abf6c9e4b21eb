"""Data points in, statistics and metric math out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from awslocal import cloudwatch_data
from awslocal.locks import MOTO
from tests.support import REGION, Case, client, name

NOON = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)


class Questions(Case):
    def setUp(self) -> None:
        self.watch, self.space = client("cloudwatch"), name("N")
        self.watch.list_metrics(Namespace=self.space)

    def put(self, metric: str, value: float, second: int = 0, **dimensions: str) -> None:
        at = NOON + timedelta(seconds=second)
        given = [{"Name": k, "Value": v} for k, v in dimensions.items()]
        data = {"MetricName": metric, "Value": value, "Timestamp": at, "Dimensions": given}
        self.watch.put_metric_data(Namespace=self.space, MetricData=[data])

    def query(self, id: str, metric: str, stat: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
        dimensions = [{"Name": k, "Value": v} for k, v in more.pop("dimensions", {}).items()]
        named = {"Namespace": self.space, "MetricName": metric, "Dimensions": dimensions}
        return {"Id": id, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}, **more}

    def ask(self, *queries: dict[str, Any], start: int = 0, end: int = 180, **more: Any) -> dict[str, Any]:
        return self.watch.get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=NOON + timedelta(seconds=start),
            EndTime=NOON + timedelta(seconds=end),
            **more,
        )

    def values(self, *queries: dict[str, Any], **more: Any) -> dict[str, list[tuple[int, float]]]:
        answer = self.ask(*queries, **{"ScanBy": "TimestampAscending", **more})
        return {
            result["Id"]: [
                (int((at - NOON).total_seconds()), value)
                for at, value in zip(result["Timestamps"], result["Values"], strict=True)
            ]
            for result in answer["MetricDataResults"]
        }

    def test_periods_and_order(self) -> None:
        for second, value in ((0, 1), (59, 2), (60, 4), (179, 8), (180, 16)):
            self.put("m", value, second)
        self.assertEqual(self.values(self.query("q", "m")), {"q": [(0, 3), (60, 4), (120, 8)]})
        self.assertEqual(self.values(self.query("q", "m", period=120)), {"q": [(0, 7), (120, 8)]})
        self.assertEqual(self.values(self.query("q", "m"), start=59, end=61), {"q": [(0, 3), (60, 4)]})
        self.assertEqual(self.ask(self.query("q", "m"))["MetricDataResults"][0]["Values"], [8, 4, 3])

    def test_dimensions_make_the_metric(self) -> None:
        self.put("m", 1)
        self.put("m", 2, Service="a")
        self.put("m", 4, Service="a", Cluster="c")
        got = [
            self.values(self.query("q", "m", dimensions=d))["q"]
            for d in ({}, {"Service": "a"}, {"Cluster": "c", "Service": "a"}, {"Cluster": "c"})
        ]
        self.assertEqual(got, [[(0, 1)], [(0, 2)], [(0, 4)], []])

    def test_expressions(self) -> None:
        self.put("requests", 10)
        self.put("requests", 10, 60)
        self.put("errors", 1, 60)
        hidden = {"ReturnData": False}
        got = self.values(
            self.query("requests", "requests", **hidden),
            self.query("errors", "errors", **hidden),
            {"Id": "rate", "Expression": "100 * filled / requests"},
            {"Id": "filled", "Expression": "FILL(errors, 0)", **hidden},
        )
        self.assertEqual(got, {"rate": [(0, 0), (60, 10)]})

    def test_percentiles(self) -> None:
        for value in range(1, 101):
            self.put("m", value)
        got = self.values(self.query("a", "m", "p95"), self.query("b", "m", "p50"), self.query("c", "m", "p99.9"))
        self.assertEqual([round(got[q][0][1], 3) for q in "abc"], [95.05, 50.5, 99.901])
        points = self.watch.get_metric_statistics(
            Namespace=self.space,
            MetricName="m",
            StartTime=NOON,
            EndTime=NOON + timedelta(minutes=5),
            Period=300,
            Statistics=["Average", "SampleCount"],
            ExtendedStatistics=["p95"],
        )["Datapoints"]
        self.assertEqual(
            [(p["Average"], p["SampleCount"], p["ExtendedStatistics"]) for p in points], [(50.5, 100, {"p95": 95.05})]
        )

    def test_pages(self) -> None:
        for second in (0, 60, 120):
            self.put("m", 1, second)
        pages = self.watch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[self.query("a", "m"), self.query("b", "m"), self.query("none", "none")],
            StartTime=NOON,
            EndTime=NOON + timedelta(minutes=3),
            MaxDatapoints=2,
        )
        got = [[(r["Id"], len(r["Values"]), r["StatusCode"]) for r in page["MetricDataResults"]] for page in pages]
        self.assertEqual(
            got,
            [
                [("a", 2, "PartialData")],
                [("a", 1, "Complete"), ("b", 1, "PartialData")],
                [("b", 2, "Complete"), ("none", 0, "Complete")],
            ],
        )

    def test_refused(self) -> None:
        query = self.query("q", "m")
        for queries, why in (
            ([query, {"Id": "e", "Expression": "FOO(q)"}], "Error in expression 'e' [Unknown function: FOO]"),
            ([query, {"Id": "e", "Expression": "SUM(q)"}], "must be a time series"),
            ([query, {"Id": "e", "Expression": "e"}], "depends on itself"),
            ([query, query], "not unique"),
            ([self.query("Q", "m")], "not matching"),
            ([self.query("q", "m", "p101")], "p101"),
            ([self.query("q", "m", period=61)], "Period"),
            ([{"Id": "q"}], "MetricStat is required"),
        ):
            with self.subTest(why):
                error = self.refused("ValidationError", lambda asked=queries: self.ask(*asked))
                self.assertIn(why, str(error))
        self.refused("ValidationError", lambda: self.ask(query, start=10, end=10))
        self.refused(
            "InvalidParameterValue",
            self.watch.put_metric_data,
            Namespace="AWS/ECS",
            MetricData=[{"MetricName": "m", "Value": 1}],
        )

    def test_those_of_aws_come_by_their_own_way(self) -> None:
        given = {
            "name": "m",
            "dimensions": {"A": "1"},
            "values": [1, 3],
            "unit": "Count",
            "timestamp": NOON.isoformat(),
        }
        with MOTO:
            cloudwatch_data.put("AWS/" + self.space, [given], region=REGION)
        self.space = "AWS/" + self.space
        self.assertEqual(self.values(self.query("q", "m", "Average", dimensions={"A": "1"})), {"q": [(0, 2)]})
        listed = self.watch.list_metrics(Namespace=self.space)["Metrics"]
        self.assertEqual([(m["MetricName"], m["Dimensions"]) for m in listed], [("m", [{"Name": "A", "Value": "1"}])])
        for wrong in (
            {},
            {"name": "m"},
            {"name": "m", "value": 1, "values": [1]},
            {"name": "m", "value": float("nan")},
            {"name": "m", "value": 1, "at": 1},
        ):
            with self.subTest(wrong), MOTO, self.assertRaises(ValueError):
                cloudwatch_data.put("AWS/X", [wrong])
