"""Statistics and metric math, without a server. Where AWS's words leave room, these are not AWS."""

import unittest
from typing import Any, ClassVar

from awslocal.cloudwatch_statistics import Sample, statistic
from awslocal.metric_math import evaluate
from awslocal.metric_math_syntax import MathError
from awslocal.metric_math_values import Metrics
from awslocal.metric_queries import rounded


class Statistics(unittest.TestCase):
    def test_sets_have_no_percentile_unless_all_values_are_the_same(self) -> None:
        self.assertIsNone(statistic("p95", [Sample(0, 1, 3, 4, 2)]))
        self.assertEqual(statistic("p95", [Sample(0, 2, 2, 4, 2)]), 2)
        self.assertEqual(statistic("Average", [Sample(0, 1, 3, 4, 2), Sample(0, 5, 5, 5, 1)]), 3)

    def test_start_is_rounded(self) -> None:
        now, day = 10_000_000.0, 86400
        for ago, period, expected in ((90, 60, 60), (90, 30, 30), (20 * day + 90, 60, 300), (70 * day + 90, 60, 3600)):
            got = rounded(now - ago, period, now)
            self.assertEqual((got % expected, got <= now - ago), (0, True), (ago, period))


class Math(unittest.TestCase):
    lines: ClassVar = {"a": {0.0: 2.0, 60.0: 4.0}, "b": {60.0: 2.0, 120.0: 0.0}, "none": {}}

    def value(self, expression: str) -> Any:
        return evaluate(expression, Metrics(self.lines, (0.0, 60.0, 120.0), 60, ("a", "b")))

    def test_values(self) -> None:
        for expression, expected in (
            ("a + b", {0: 2, 60: 6, 120: 0}),  # what one of two series lacks is 0
            ("a / b", {60: 2}),  # dividing by zero, or by what is missing, leaves no data point
            ("b / a", {0: 0, 60: 0.5}),
            ("1 / b", {60: 0.5}),
            ("none / a", {0: 0, 60: 0}),
            ("none + none", {}),
            ("none + 1", {}),  # a number is no series
            ("-a ^ 2 * 2", {0: -8, 60: -32}),
            ("a > 2 && b", {0: 0, 60: 1, 120: 0}),
            ("a == 2 OR a == 3", {0: 1, 60: 0}),
            ("FILL(none, 0)", {0: 0, 60: 0, 120: 0}),
            ("FILL(a, REPEAT)", {0: 2, 60: 4, 120: 4}),
            ("FILL(b, LINEAR)", {60: 2, 120: 0}),
            ("IF(a > 2, a, 0)", {0: 0, 60: 4}),
            ("IF(b > 0, 10 / b, 100)", {60: 5, 120: 100}),
            ("SUM([a, b])", {0: 2, 60: 6, 120: 0}),
            ("MAX(METRICS())", {0: 2, 60: 4, 120: 0}),
            ('AVG(METRICS("a"))', {0: 2, 60: 4}),
            ("SUM(a) + TIME_SERIES(1)", {0: 7, 60: 7, 120: 7}),
            ("RATE(a) * PERIOD(a)", {60: 2}),
            ("RUNNING_SUM(a)", {0: 2, 60: 6}),
            ("MINUTE(a)", {0: 0, 60: 1}),
            ("FIRST([a, b]) - LAST([b, a])", {0: 0, 60: 0}),
            ("AVG([a, b])", {0: 1, 60: 3, 120: 0}),
            ("METRIC_COUNT([a, b]) + AVG(a) + DATAPOINT_COUNT(none)", 5),
        ):
            with self.subTest(expression):
                self.assertEqual(self.value(expression), expected)

    def test_tables_of_aws(self) -> None:
        """The examples of "Using math expressions with CloudWatch metrics"; - is a missing value."""
        for given, expression, expected in (
            (("30 20 0 0", "20 - 20 -"), "m1 < m2", "0 0 1 0"),
            (("30 20 0 0", "20 - 20 -"), "m1 >= 30", "1 0 0 0"),
            (("30 20 0 0", "20 - 20 -"), "m1 > 15 AND m2 > 15", "1 0 0 0"),
            (("1 1 0 0 -", "30 - 0 0 30", "0 0 20 - 20"), "IF(m1, m2, m3)", "30 0 20 - -"),
            (("1 1 0 0 -", "0 0 20 - 20"), "IF(m1, 5, m2)", "5 5 20 - -"),
            (("1 1 0 0 -", "30 - 0 0 30"), "IF(m1, m2, 5)", "30 0 5 5 -"),
        ):
            with self.subTest(expression, given=given):
                lines = {f"m{i}": self.line(text) for i, text in enumerate(given, 1)}
                times = tuple(60.0 * i for i in range(len(expected.split())))
                self.assertEqual(evaluate(expression, Metrics(lines, times, 60, tuple(lines))), self.line(expected))

    @staticmethod
    def line(text: str) -> dict[float, float]:
        return {60.0 * i: float(v) for i, v in enumerate(text.split()) if v != "-"}

    def test_refused(self) -> None:
        for expression in (
            "", "a +", "(a", "a b", "[a", "x", "1 / 0", "FOO(a)", "fill(a, 0)", "FILL(a)", "FILL(a, a)", "MAX([a, 1])",
            "SUM(1)", "IF([a], 1)", 'a + "x"', "__import__('os')", "a.b", "(" * 1500, "a" * 3000,
        ):  # fmt: skip
            with self.subTest(expression[:20]), self.assertRaises(MathError):
                self.value(expression)

    def test_what_is_left_out_is_said_to_be(self) -> None:
        with self.assertRaises(NotImplementedError):
            self.value("ANOMALY_DETECTION_BAND(a)")
