"""Alarms that change by what is measured, at a time of the test's own choosing. Nothing waits here."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from awslocal import cloudwatch_data
from awslocal.alarm_evaluator import Evaluator
from awslocal.locks import MOTO
from tests.support import REGION, Case, client, name

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class Evaluated(Case):
    def setUp(self) -> None:
        self.watch = client("cloudwatch")
        self.watch.describe_alarms()  # the emulator is there, with its additions
        self.alarm, self.load, self.now = name("alarm"), name("lb"), NOON
        self.evaluator = Evaluator(lambda: self.now)

    def tearDown(self) -> None:
        both = self.described(["CompositeAlarm", "MetricAlarm"])
        self.watch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in both])
        super().tearDown()

    def described(self, kinds: list[str]) -> list[dict[str, Any]]:
        found = self.watch.describe_alarms(AlarmNamePrefix=self.alarm, AlarmTypes=kinds)
        return found["MetricAlarms"] + found["CompositeAlarms"]

    def put(self, suffix: str = "", **more: Any) -> None:
        arguments = {
            "AlarmName": self.alarm + suffix,
            "EvaluationPeriods": 2,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            **more,
        }
        if "Metrics" not in arguments:
            one = self.metric("Errors")["MetricStat"]
            arguments |= {
                **one["Metric"],
                "Period": 60,
                **({} if "ExtendedStatistic" in more else {"Statistic": "Sum"}),
            }
        self.watch.put_metric_alarm(**arguments)

    def metric(self, metric: str, id: str = "m", stat: str = "Sum", period: int = 60) -> dict[str, Any]:
        dimensions = [{"Name": "LoadBalancer", "Value": self.load}]
        named = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": id, "MetricStat": {"Metric": named, "Period": period, "Stat": stat}, "ReturnData": False}

    def measure(self, metric: str, *values: float, minutes: float = 1) -> None:
        """One data point, so many minutes ago."""
        at = (self.now - timedelta(minutes=minutes) + timedelta(seconds=30)).timestamp()
        given = {"name": metric, "dimensions": {"LoadBalancer": self.load}, "values": list(values), "timestamp": at}
        with MOTO:
            cloudwatch_data.put("AWS/ApplicationELB", [given], region=REGION)

    def state(self, suffix: str = "") -> str:
        if not os.environ.get("PLAIN_MOTO"):
            with MOTO:
                self.evaluator.tick()
        kinds = ["MetricAlarm", "CompositeAlarm"]
        return next(a["StateValue"] for a in self.described(kinds) if a["AlarmName"] == self.alarm + suffix)

    def test_goes_to_alarm_and_back(self) -> None:
        self.put()
        self.assertEqual(self.state(), "INSUFFICIENT_DATA")
        self.measure("Errors", 9)
        self.assertEqual(self.state(), "OK", "one of two periods")
        self.measure("Errors", 9, minutes=2)
        self.assertEqual(self.state(), "ALARM")
        self.now += timedelta(minutes=1)
        self.measure("Errors", 1)
        self.assertEqual(self.state(), "OK")
        found = self.described(["MetricAlarm"])[0]
        self.assertIn("ALARM -> OK transition", found["StateReason"])
        self.assertEqual(json.loads(found["StateReasonData"])["recentDatapoints"], [9.0, 1.0])
        self.assertEqual(found["StateUpdatedTimestamp"], self.now)
        self.assertEqual(found["StateTransitionedTimestamp"], self.now)

    def test_of_the_period_that_is_not_over_nothing_counts(self) -> None:
        self.put(EvaluationPeriods=1)
        self.measure("Errors", 9, minutes=0)
        self.assertEqual(self.state(), "INSUFFICIENT_DATA")
        self.now += timedelta(minutes=1)
        self.assertEqual(self.state(), "ALARM")

    def test_periods_slide_with_the_minutes(self) -> None:
        self.put(EvaluationPeriods=1, Period=300)
        self.now += timedelta(minutes=3)
        self.measure("Errors", 9)
        self.assertEqual(self.state(), "ALARM")

    def test_percentile(self) -> None:
        self.put(EvaluationPeriods=1, ExtendedStatistic="p95")
        self.measure("Errors", *[1] * 94, *[9] * 6)
        self.assertEqual(self.state(), "ALARM")

    def test_metric_math(self) -> None:
        self.put(
            TreatMissingData="notBreaching",
            Metrics=[
                self.metric("Errors", "errors"),
                self.metric("Requests", "requests"),
                {"Id": "result", "Expression": "100 * FILL(errors, 0) / requests", "ReturnData": True},
            ],
        )
        self.assertEqual(self.state(), "OK", "no requests")
        for minutes in (1, 2):
            self.measure("Requests", 100, minutes=minutes)
        self.assertEqual(self.state(), "OK", "no errors")
        for minutes in (1, 2):
            self.measure("Errors", 6, minutes=minutes)
        self.assertEqual(self.state(), "ALARM")

    def test_set_state_holds_until_the_next_evaluation(self) -> None:
        self.put(EvaluationPeriods=1)
        self.measure("Errors", 1)
        self.assertEqual(self.state(), "OK")
        self.watch.set_alarm_state(AlarmName=self.alarm, StateValue="ALARM", StateReason="a drill")
        self.now += timedelta(seconds=30)
        self.assertEqual(self.state(), "ALARM")
        self.now += timedelta(seconds=30)
        self.assertEqual(self.state(), "OK")

    def test_composite(self) -> None:
        for suffix in "-x", "-y":
            self.put(suffix, EvaluationPeriods=1, Threshold=5 if suffix == "-x" else 50)
        rule = f'ALARM("{self.alarm}-x") AND NOT ALARM({self.alarm}-y)'
        self.watch.put_composite_alarm(AlarmName=self.alarm + "-z", AlarmRule=rule)
        self.assertEqual(self.state("-z"), "OK")
        self.measure("Errors", 9)
        self.assertEqual(self.state("-z"), "ALARM")
        self.assertIn(
            "transitioned to ALARM at Thursday 01 January, 2026 12:00:00 UTC",
            self.described(["CompositeAlarm"])[0]["StateReason"],
        )
        self.measure("Errors", 90)
        self.assertEqual(self.state("-z"), "OK")

    def test_history_and_topic(self) -> None:
        topic = client("sns").create_topic(Name=name("topic"))["TopicArn"]
        self.put(EvaluationPeriods=1, AlarmActions=[topic, topic + "-gone"])
        self.measure("Errors", 9)
        self.assertEqual(self.state(), "ALARM")
        items = self.watch.describe_alarm_history(AlarmName=self.alarm, ScanBy="TimestampAscending")[
            "AlarmHistoryItems"
        ]
        self.assertEqual(
            [(i["HistoryItemType"], i["HistorySummary"]) for i in items],
            [
                ("ConfigurationUpdate", f'Alarm "{self.alarm}" created'),
                ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
                ("Action", f"Successfully executed action {topic}"),
                ("Action", f"Failed to execute action {topic}-gone"),
            ],
        )
        data = json.loads(items[1]["HistoryData"])
        self.assertEqual(
            (data["oldState"]["stateValue"], data["newState"]["stateValue"]), ("INSUFFICIENT_DATA", "ALARM")
        )
        one = self.watch.describe_alarm_history(AlarmName=self.alarm, HistoryItemType="StateUpdate", MaxRecords=1)
        self.assertEqual(len(one["AlarmHistoryItems"]), 1)
        self.assertNotIn("NextToken", one)

    def test_a_topic_hears_nothing_when_actions_are_disabled(self) -> None:
        self.put(EvaluationPeriods=1, ActionsEnabled=False, AlarmActions=["arn:aws:sns:r:1:gone"])
        self.measure("Errors", 9)
        self.assertEqual(self.state(), "ALARM")
        items = self.watch.describe_alarm_history(AlarmName=self.alarm, HistoryItemType="Action")
        self.assertEqual(items["AlarmHistoryItems"], [])

    def test_refused(self) -> None:
        result = {"Id": "result", "Expression": "FOO(m)", "ReturnData": True}
        for metrics, why in (
            ([self.metric("Errors"), result], "Unknown function: FOO"),
            ([self.metric("Errors"), {**result, "Expression": "SUM(m)"}], "must be a time series"),
            ([self.metric("Errors"), {**result, "Expression": "other"}], "Unknown identifier: other"),
            ([self.metric("Errors")], "Exactly one element"),
        ):
            with self.subTest(why):
                error = self.refused("ValidationError", self.put, Metrics=metrics)
                self.assertIn(why, str(error))
        for rule in ("ALARM(", f"ALARM({self.alarm}-gone)"):
            self.refused("ValidationError", self.watch.put_composite_alarm, AlarmName="c", AlarmRule=rule)
        self.assertEqual(self.described(["MetricAlarm"]), [])

    def test_many_are_described_in_pages(self) -> None:
        for i in range(3):
            self.put(f"-{i}")
        pages = self.watch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self.alarm, PaginationConfig={"PageSize": 2}
        )
        sizes = [len(page["MetricAlarms"]) for page in pages]
        self.assertEqual(sizes, [2, 1])
