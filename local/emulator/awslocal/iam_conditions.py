"""The conditions of IAM policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html. An operator
that is not here is an error rather than a guess: a permission must not come from a condition nobody understood.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Context = Mapping[str, Any]


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether all conditions of a statement are true for a request with these context keys."""
    given = _lowered(context)
    return all(
        _one(operator, given.get(key.lower()), _texts(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def missing_keys(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> set[str]:
    """The keys that the conditions ask for and the context does not have."""
    given = _lowered(context)
    return {key for keys in conditions.values() for key in keys if key.lower() not in given}


def _one(operator: str, actual: list[str] | None, wanted: list[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    negated, test = _operator(name)
    if actual is None:
        return optional or negated or quantifier == "ForAllValues"
    results = [any(test(value, pattern) for pattern in wanted) != negated for value in actual]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _operator(name: str) -> tuple[bool, Callable[[str, str], bool]]:
    """The operator's test, and whether the test must fail for every value."""
    if name in _OPERATORS:
        return False, _OPERATORS[name]
    positive = name.replace("Not", "", 1)
    if "Not" in name and positive in _OPERATORS:
        return True, _OPERATORS[positive]
    raise NotImplementedError(f"condition operator {name}")


def like(value: str, pattern: str) -> bool:
    """Whether value fits a pattern in which * stands for anything and ? for one character."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def _arn_like(value: str, pattern: str) -> bool:
    """As like, but within each of an ARN's six parts: no * reaches over a colon but in the last."""
    parts, wanted = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(wanted) and all(map(like, parts, wanted))


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _in_network(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _compared(prefix: str, read: Callable[[str], float]) -> dict[str, Callable[[str, str], bool]]:
    return {
        f"{prefix}Equals": lambda a, b: read(a) == read(b),
        f"{prefix}LessThan": lambda a, b: read(a) < read(b),
        f"{prefix}LessThanEquals": lambda a, b: read(a) <= read(b),
        f"{prefix}GreaterThan": lambda a, b: read(a) > read(b),
        f"{prefix}GreaterThanEquals": lambda a, b: read(a) >= read(b),
    }


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda a, b: a == b,
    "StringEqualsIgnoreCase": lambda a, b: a.lower() == b.lower(),
    "StringLike": like,
    "ArnLike": _arn_like,
    "ArnEquals": _arn_like,  # IAM treats the two alike
    "Bool": lambda a, b: a.lower() == b.lower(),
    "BinaryEquals": lambda a, b: a == b,
    "IpAddress": _in_network,
    **_compared("Numeric", float),
    **_compared("Date", _moment),
}


def _lowered(context: Context) -> dict[str, list[str]]:
    return {key.lower(): _texts(value) for key, value in context.items()}


def _texts(value: Any) -> list[str]:
    values: Iterable[Any] = value if isinstance(value, list | tuple | set) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
