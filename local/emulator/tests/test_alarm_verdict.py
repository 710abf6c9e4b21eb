"""What state data points put an alarm in, and the rules of composite alarms. AWS's own tables, where it has them."""

import unittest

from awslocal.alarm_rule import RuleError, name_of, parse
from awslocal.alarm_verdict import ALARM, OK, UNKNOWN, Terms, judge

KEEP = "the state before"
# The two tables of "Configuring how CloudWatch alarms treat missing data": points oldest first, X breaching,
# 0 not, - missing; then the outcomes for missing, ignore, breaching and notBreaching.
THREE_OF_THREE = [
    ("0-X-X", OK, OK, OK, OK),
    ("----0", OK, OK, OK, OK),
    ("-----", UNKNOWN, KEEP, ALARM, OK),
    ("0XX-X", ALARM, ALARM, ALARM, ALARM),
    ("--X--", ALARM, KEEP, ALARM, OK),
]
TWO_OF_THREE = [
    ("0-X-X", ALARM, ALARM, ALARM, ALARM),
    ("00X0X", ALARM, ALARM, ALARM, ALARM),
    ("0-X--", OK, OK, ALARM, OK),
    ("----0", OK, OK, ALARM, OK),
    ("---X-", ALARM, KEEP, ALARM, OK),
]
VALUES = {"X": 9.0, "0": 1.0, "-": None}
NOON = 1767268800.0  # 2026-01-01 12:00 UTC


def points(text: str) -> list:
    return [(NOON - 60 * i, VALUES[mark]) for i, mark in enumerate(reversed(text))]


class Verdicts(unittest.TestCase):
    def test_tables_of_aws(self) -> None:
        for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE)):
            for text, *outcomes in table:
                for missing, expected in zip(("missing", "ignore", "breaching", "notBreaching"), outcomes, strict=True):
                    for before in (ALARM, OK, UNKNOWN):
                        with self.subTest(to_alarm=to_alarm, points=text, missing=missing, before=before):
                            terms = Terms("GreaterThanThreshold", 5, 3, to_alarm, missing)
                            got = judge(terms, points(text), before).state
                            self.assertEqual(got, before if expected is KEEP else expected)

    def test_comparisons_at_the_threshold(self) -> None:
        for comparison, below, at, above in (
            ("GreaterThanThreshold", OK, OK, ALARM),
            ("GreaterThanOrEqualToThreshold", OK, ALARM, ALARM),
            ("LessThanThreshold", ALARM, OK, OK),
            ("LessThanOrEqualToThreshold", ALARM, ALARM, OK),
        ):
            got = [judge(Terms(comparison, 5, 1, 1), [(NOON, v)], OK).state for v in (4.0, 5.0, 6.0)]
            self.assertEqual(got, [below, at, above], comparison)

    def test_reasons(self) -> None:
        for text, terms, before, expected in (
            (
                "00X",
                Terms("GreaterThanThreshold", 5, 1, 1),
                OK,
                "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/26 12:00:00)] was greater than the "
                "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
            ),
            (
                "X00",
                Terms("GreaterThanThreshold", 5, 2, 2),
                ALARM,
                "Threshold Crossed: 2 out of the last 2 datapoints [1.0 (01/01/26 12:00:00), 1.0 (01/01/26 11:59:00)] "
                "were not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
            ),
            (
                "---",
                Terms("GreaterThanThreshold", 5, 3, 3, "notBreaching"),
                UNKNOWN,
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
                "[NonBreaching].",
            ),
            ("---", Terms("GreaterThanThreshold", 5, 3, 3), OK, "Insufficient Data: 3 datapoints were unknown."),
            ("-", Terms("GreaterThanThreshold", 5, 1, 1), OK, "Insufficient Data: 1 datapoint was unknown."),
        ):
            self.assertEqual(judge(terms, points(text), before).reason, expected)


class Rules(unittest.TestCase):
    def test_truth(self) -> None:
        states = {"a": ALARM, "b b": OK, "c": UNKNOWN}
        for text, expected in (
            ("ALARM(a)", True),
            ('ALARM("b b")', False),
            ('ALARM(a) AND OK("b b") AND INSUFFICIENT_DATA(c)', True),
            ("OK(a) OR ALARM(c) OR FALSE", False),
            ('NOT (ALARM(a) AND NOT ALARM("b b"))', False),
            ("FALSE AND FALSE OR TRUE", True),
            ("ALARM(arn:aws:cloudwatch:r:1:alarm:a)", True),
        ):
            with self.subTest(text):
                self.assertEqual(parse(text).test(lambda alarm: states[name_of(alarm)]), expected)

    def test_alarms_are_named_once(self) -> None:
        self.assertEqual(parse('ALARM(a) OR OK("b b") OR OK(a)').alarms, ("a", "b b"))

    def test_refused(self) -> None:
        for text in ("", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "ALARM(a) AND", "BROKEN(a)", "ALARM(a) OK(b)", '"'):
            with self.subTest(text), self.assertRaises(RuleError):
                parse(text)
