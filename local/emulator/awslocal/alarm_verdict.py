"""What state data points put an alarm in, and how CloudWatch words the reason.

The rules for missing data are those of "Configuring how CloudWatch alarms treat missing data" with its two tables,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"
# Periods that are looked at beyond those to evaluate, in search of data points. AWS does not say how many; its
# examples have two.
EXTRA_PERIODS = 2
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}

Point = tuple[float, float | None]  # when the period begins, in seconds since 1970, and its value


@dataclass(frozen=True)
class Terms:
    """The terms of a metric alarm: of so many periods, so many have to breach the threshold."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"  # breaching, notBreaching, ignore or missing

    def breaches(self, value: float) -> bool:
        """Whether a value is beyond the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    """A state with its reason and the data points it rests on, newest first."""

    state: str
    reason: str
    points: tuple[tuple[float, float], ...] = ()


def judge(terms: Terms, points: Sequence[Point], before: str) -> Verdict:
    """The state after these points, newest first, periods + EXTRA_PERIODS of them; before is the state until now."""
    real = [(at, value) for at, value in points if value is not None][: terms.periods]
    filled = terms.periods - len(real)
    breaching = [point for point in real if terms.breaches(point[1])]
    if not real and terms.missing not in _TREATED:
        state = before if terms.missing == "ignore" else UNKNOWN
        return Verdict(state, f"Insufficient Data: {_datapoints(terms.periods)} unknown.")
    count = len(breaching) + (filled if terms.missing == "breaching" else 0)
    if count >= terms.to_alarm:
        return _verdict(terms, ALARM, before, breaching, filled)
    if filled and terms.missing not in _TREATED and _breaching_for_long(terms, points):
        return _verdict(terms, before if terms.missing == "ignore" else ALARM, before, breaching, filled)
    fine = [point for point in real if point not in breaching]
    return _verdict(terms, OK, before, fine or real, filled)


def _breaching_for_long(terms: Terms, points: Sequence[Point]) -> bool:
    """Whether all points there are breach, the oldest being old enough for ALARM.

    AWS: "at least as old as the value of Datapoints to Alarm, and all other more recent data points are breaching or
    missing". Its tables have OK for 0-X--, so an older good point counts as well.
    """
    real = [(age, value) for age, (_, value) in enumerate(points, 1) if value is not None]
    return all(terms.breaches(value) for _, value in real) and real[-1][0] >= terms.to_alarm


def _verdict(terms: Terms, state: str, before: str, points: Sequence[tuple[float, float]], filled: int) -> Verdict:
    treated = ""
    if filled and terms.missing in _TREATED:
        verb = "was" if filled == 1 else "were"
        treated = f"{filled} missing datapoint{_s(filled)} {verb} treated as [{_TREATED[terms.missing]}]"
    if not points:
        why = f"no datapoints were received for {terms.periods} period{_s(terms.periods)} and {treated}"
    else:
        why = _compared(terms, state, before, points) + (f" and {treated}" if treated else "")
    return Verdict(state, f"Threshold Crossed: {why}.", tuple(points))


def _compared(terms: Terms, state: str, before: str, points: Sequence[tuple[float, float]]) -> str:
    count = len(points)
    listed = ", ".join(f"{value!r} ({_date(at)})" for at, value in points[:5])
    crossed = all(terms.breaches(value) for _, value in points)
    compared = (
        f"{'' if crossed else 'not '}{COMPARISONS[terms.comparison][1]} the threshold ({float(terms.threshold)!r})"
    )
    verb = "was" if count == 1 else "were"
    if UNKNOWN in (before, state) or before == state:
        return f"{count} datapoint{_s(count)} [{listed}] {verb} {compared}"
    least = terms.to_alarm if state == ALARM else terms.periods - terms.to_alarm + 1
    return (
        f"{count} out of the last {terms.periods} datapoints [{listed}] {verb} {compared} "
        f"(minimum {least} datapoint{_s(least)} for {before} -> {state} transition)"
    )


def _datapoints(count: int) -> str:
    return "1 datapoint was" if count == 1 else f"{count} datapoints were"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")
