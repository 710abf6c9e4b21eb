"""The functions of CloudWatch metric math."""

import math
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from awslocal.metric_math_syntax import MathError, Name, Text
from awslocal.metric_math_values import STEPS, Line, Metrics, Value, at_time

# AWS has these; here they are refused by name and not taken for a mistake.
NOT_EMULATED = (
    "ANOMALY_DETECTION_BAND",
    "DB_PERF_INSIGHTS",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "SEARCH",
    "SERVICE_QUOTA",
    "SORT",
)
Reduce = Callable[[Sequence[float]], float]
_EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
_REDUCE: dict[str, Reduce] = {
    "AVG": statistics.fmean,
    "MAX": max,
    "MIN": min,
    "STDDEV": statistics.pstdev,
    "SUM": math.fsum,
    "DATAPOINT_COUNT": len,
}
_CALENDAR: dict[str, Callable[[datetime], float]] = {
    "DATE": lambda t: t.day,
    "DAY": lambda t: t.isoweekday(),
    "EPOCH": lambda t: t.timestamp(),
    "HOUR": lambda t: t.hour,
    "MINUTE": lambda t: t.minute,
    "MONTH": lambda t: t.month,
    "YEAR": lambda t: t.year,
}


def call(function: str, arguments: Sequence[Any], given: Metrics) -> Value:
    """The value of function(arguments…); MathError for a function or arguments AWS does not have."""
    if function in NOT_EMULATED:
        raise NotImplementedError(f"metric math function {function}")
    if function in _EACH or function in _CALENDAR or function in STEPS:
        return _each(_one(function, arguments), lambda value: _transform(function, value, given))
    if function in _REDUCE:
        return _reduce(function, _one(function, arguments))
    if function not in _OTHERS:
        raise MathError(f"Unknown function: {function}")
    try:
        return _OTHERS[function](given, *arguments)
    except TypeError as error:
        raise MathError(f"Wrong arguments for {function}") from error


def _one(function: str, arguments: Sequence[Any]) -> Value:
    if len(arguments) != 1 or isinstance(arguments[0], Text | Name):
        raise MathError(f"{function} takes one time series or array")
    return arguments[0]


def _each(value: Value, change: Callable[[float | Line], float | Line]) -> Value:
    return [_series(change(line)) for line in value] if isinstance(value, list) else change(value)


def _transform(function: str, value: float | Line, given: Metrics) -> float | Line:
    if function in STEPS:
        return STEPS[function](_series(value))
    if function in _CALENDAR:
        return {at: float(_CALENDAR[function](datetime.fromtimestamp(at, UTC))) for at in _series(value)}
    try:
        if isinstance(value, float):
            return float(_EACH[function](value))
        low = 0.0 if function.startswith("LOG") else -math.inf
        return {at: float(_EACH[function](v)) for at, v in value.items() if v > low}
    except ValueError as error:
        raise MathError(f"No value: {function}({value})") from error


def _reduce(function: str, value: Value) -> Value:
    """One number out of a series, or one series out of several; what is missing does not count, but for AVG as 0."""
    reduce = _REDUCE[function]
    if isinstance(value, list):
        times = sorted({at for line in value for at in line})
        if function == "AVG":
            return {at: statistics.fmean(line.get(at, 0.0) for line in value) for at in times}
        return {at: float(reduce([line[at] for line in value if at in line])) for at in times}
    line = _series(value)
    return float(reduce(list(line.values()))) if line or function in ("SUM", "DATAPOINT_COUNT") else {}


def _series(value: Any) -> Line:
    if not isinstance(value, dict):
        raise MathError("A time series is needed here")
    return value


def _fill(given: Metrics, value: Value, filler: Any) -> Value:
    """Values where there are none, over the whole time asked about."""
    return _each(
        value, lambda line: {at: v for at in given.times if (v := _filled(_series(line), at, filler)) is not None}
    )


def _filled(line: Line, at: float, filler: Any) -> float | None:
    if at in line:
        return line[at]
    if isinstance(filler, float):
        return filler
    before = max((t for t in line if t < at), default=None)
    if filler == Name("REPEAT"):
        return None if before is None else line[before]
    if filler != Name("LINEAR"):
        raise MathError("FILL takes a number, REPEAT or LINEAR")
    after = min((t for t in line if t > at), default=None)
    if before is None or after is None:
        return None
    return line[before] + (line[after] - line[before]) * (at - before) / (after - before)


def _if(given: Metrics, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    """then where condition is not zero, otherwise elsewhere; where the condition is missing, nothing.

    Where then is missing the value is 0; where otherwise is, there is none. So AWS's examples of IF have it.
    """
    if any(isinstance(v, list | Text | Name) for v in (condition, then, otherwise)):
        raise MathError("IF takes numbers and time series")
    if isinstance(condition, float) and isinstance(then, float) and not isinstance(otherwise, dict | None):
        return then if condition else otherwise
    line = {}
    for at in given.times:
        if (asked := at_time(condition, at)) is None:
            continue
        if asked:
            line[at] = at_time(then, at) or 0.0
        elif otherwise is not None and (value := at_time(otherwise, at)) is not None:
            line[at] = value
    return line


_ALL = Text("")  # METRICS() without an argument


def _metrics(given: Metrics, wanted: Any = _ALL) -> list[Line]:
    if not isinstance(wanted, Text):
        raise MathError("METRICS takes a text")
    return [_series(given.lines[name]) for name in given.metrics if wanted.value in name]


def _array(value: Any) -> list[Line]:
    if not isinstance(value, list):
        raise MathError("An array of time series is needed here")
    return value


def _at(value: Any, index: int) -> Line:
    lines = _array(value)
    return lines[index] if lines else {}


def _time_series(given: Metrics, value: Any) -> Line:
    if not isinstance(value, float):
        raise MathError("TIME_SERIES takes a number")
    return dict.fromkeys(given.times, value)


_OTHERS: dict[str, Callable[..., Value]] = {
    "FILL": _fill,
    "FIRST": lambda _, value: _at(value, 0),
    "IF": _if,
    "LAST": lambda _, value: _at(value, -1),
    "METRIC_COUNT": lambda _, value: float(len(_array(value))),
    "METRICS": _metrics,
    "PERIOD": lambda given, _: float(given.period),
    "REMOVE_EMPTY": lambda _, value: [line for line in _array(value) if line],
    "SLICE": lambda _, value, first, last=None: _array(value)[int(first) : None if last is None else int(last)],
    "TIME_SERIES": _time_series,
}
