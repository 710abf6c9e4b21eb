"""What CloudWatch makes of the values of one period: sums, averages, percentiles."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

SIMPLE = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
# Statistics that CloudWatch has beside these (trimmed mean, winsorized mean, percentile rank…) and this has not.
NOT_EMULATED = re.compile(r"(?i)(tm|wm|tc|ts|pr)(\(.*\)|\d+(\.\d+)?)|iqm")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


class Sample(NamedTuple):
    """One value, or a set of them of which only the statistics were sent.

    at is in seconds since 1970; low and high are the same for a single value; count is how often it was measured.
    """

    at: float
    low: float
    high: float
    total: float
    count: float
    unit: str | None = None


def known(statistic: str) -> bool:
    """Whether AWS defines this statistic; NotImplementedError for one that it does and this does not."""
    if NOT_EMULATED.fullmatch(statistic):
        raise NotImplementedError(f"statistic {statistic}")
    return statistic in SIMPLE or _PERCENTILE.fullmatch(statistic) is not None


def statistic(name: str, samples: Sequence[Sample]) -> float | None:
    """The statistic of the samples of one period; None when there is no answer: no samples, or a percentile of sets."""
    if not samples:
        return None
    total, count = math.fsum(s.total for s in samples), math.fsum(s.count for s in samples)
    if name == "Sum":
        return total
    if name == "SampleCount":
        return count
    if name == "Average":
        return total / count if count else None
    if name == "Minimum":
        return min(s.low for s in samples)
    if name == "Maximum":
        return max(s.high for s in samples)
    return _percentile(float(name[1:]), samples)


def _percentile(percent: float, samples: Sequence[Sample]) -> float | None:
    """The value below which percent of the measurements lie, between the two nearest in proportion.

    A set of which only the statistics are known has no percentiles, unless all its values are the same: AWS's rule,
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html. How AWS interpolates
    it does not say.
    """
    if any(s.low != s.high for s in samples):
        return None
    ordered = sorted((s.low, s.count) for s in samples if s.count > 0)
    if not ordered:
        return None
    rank = percent / 100 * (math.fsum(count for _, count in ordered) - 1)
    lower, upper = _ranked(ordered, math.floor(rank)), _ranked(ordered, math.ceil(rank))
    return lower + (upper - lower) * (rank - math.floor(rank))


def _ranked(ordered: Sequence[tuple[float, float]], rank: float) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if rank < seen:
            return value
    return ordered[-1][0]
