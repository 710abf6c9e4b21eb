"""The values of CloudWatch metric math, and its arithmetic.

A value is a number (S), a time series (TS) or several (TS[]), as in AWS's table of functions. Between two series, one that
has no data point counts as 0 where the other has one: "Missing values in a time series are treated as 0", and comparisons
and logical operators do the same. Where neither has one there is none. A division by zero gives no data point
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, Basic arithmetic functions).
"""

import itertools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from awslocal.metric_math_syntax import MathError

Line = dict[float, float]  # seconds since 1970 → value
Value = float | Line | list[Line]


@dataclass(frozen=True)
class Metrics:
    """What an expression can use: the series by query id, the periods' beginnings, and how long a period is."""

    lines: Mapping[str, Value]
    times: tuple[float, ...]
    period: int
    metrics: tuple[str, ...] = ()  # the ids that are metrics and not expressions themselves, for METRICS()


def combine(sign: str, left: Value, right: Value) -> Value:
    """left and right under an operator, period by period."""
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise MathError(f"Arrays of different lengths under {sign}: {len(left)} and {len(right)}")
        return [_combined(sign, a, b) for a, b in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [_combined(sign, a, right) for a in left]
    if isinstance(right, list):
        return [_combined(sign, left, b) for b in right]
    return _combined(sign, left, right)


def _combined(sign: str, left: float | Line, right: float | Line) -> float | Line:
    if isinstance(left, float) and isinstance(right, float):
        if (result := _apply(sign, left, right)) is None:
            raise MathError(f"No value: {left} {sign} {right}")
        return result
    times = {at for value in (left, right) if isinstance(value, dict) for at in value}
    line = {}
    for at in sorted(times):
        if (result := _apply(sign, at_time(left, at) or 0.0, at_time(right, at) or 0.0)) is not None:
            line[at] = result
    return line


def at_time(value: float | Line, at: float) -> float | None:
    """A value at one time; a number is the same at all times."""
    return value.get(at) if isinstance(value, dict) else value


_OPERATORS: dict[str, Callable[[float, float], float | bool]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda a, b: a != 0 and b != 0,
    "||": lambda a, b: a != 0 or b != 0,
}


def _apply(sign: str, left: float, right: float) -> float | None:
    try:
        result = _OPERATORS[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(result) if not isinstance(result, complex) and math.isfinite(result) else None


def _steps(line: Line, step: Callable[[float, float, float], float]) -> Line:
    """What lies between each data point and the one before it: step(before, now, seconds between them)."""
    times = sorted(line)
    return {b: step(line[a], line[b], b - a) for a, b in itertools.pairwise(times)}


def _running(line: Line) -> Line:
    total, out = 0.0, {}
    for at in sorted(line):
        total += line[at]
        out[at] = total
    return out


# Functions over a series from one data point to the next.
STEPS: dict[str, Callable[[Line], Line]] = {
    "DIFF": lambda line: _steps(line, lambda a, b, _: b - a),
    "DIFF_TIME": lambda line: _steps(line, lambda _a, _b, seconds: seconds),
    "RATE": lambda line: _steps(line, lambda a, b, seconds: (b - a) / seconds),
    "RUNNING_SUM": _running,
}
