"""A request's parameters against their shapes: what is required, types, lengths, ranges, patterns, enumerations.

botocore's own validator has the first two and what is too little; an SDK uses it before it sends. AWS compares the rest
too. ELSEWHERE are the constraints of a model that are not compared here.
"""

from dataclasses import dataclass
from typing import Any

from botocore.validate import ParamValidator

from awslocal.validation import patterns

# (service, shape, constraint) → why it is not compared here: S3 has a code of its own for these, which moto answers with.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
ELSEWHERE: dict[tuple[str, str, str], str] = {
    ("s3", "BucketLocationConstraint", "enum"): "InvalidLocationConstraint",
    ("s3", "StorageClass", "enum"): "InvalidStorageClass",
    ("s3", "ServerSideEncryption", "enum"): "InvalidEncryptionAlgorithmError",
}

MISSING, TYPE = "missing required field", "invalid type"
KINDS = ("max", "pattern", "enum")


@dataclass(frozen=True)
class Problem:
    """One constraint that is not met: where, of what kind, what it asks for in AWS's words, and the value, None where
    there is none or AWS keeps it to itself."""

    path: str
    kind: str
    wanted: str
    value: Any = None


def problems(service: str, parameters: dict[str, Any], shape: Any) -> list[Problem]:
    """All constraints of shape that parameters do not meet, in the order of the request."""
    found = _Found()
    _Validator(service).validate_into(parameters, shape, found)
    return found.problems


class _Found:
    """What botocore's validator reports to."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, path: str, kind: str, **details: Any) -> None:
        name = path.lstrip(".")
        if kind == MISSING:
            name = f"{name}.{details['required_name']}".lstrip(".")
        # Of what is too short botocore tells the length, not the value.
        value = None if kind == "invalid length" else details.get("param")
        self.problems.append(Problem(name, kind, _wanted(kind, details), value))


def _wanted(kind: str, details: dict[str, Any]) -> str:
    """AWS's own sentence about a constraint."""
    match kind:
        case "missing required field":
            return "Member must not be null"
        case "invalid length":
            return f"Member must have length greater than or equal to {details['min_allowed']}"
        case "invalid range":
            return f"Member must have value greater than or equal to {details['min_allowed']}"
        case "too long":
            return f"Member must have length less than or equal to {details['max_allowed']}"
        case "too large":
            return f"Member must have value less than or equal to {details['max_allowed']}"
        case "pattern":
            return f"Member must satisfy regular expression pattern: {details['pattern']}"
        case "enum":
            return f"Member must satisfy enum value set: [{', '.join(details['allowed'])}]"
        case "more than one input" | "empty input":
            return f"Exactly one of these must be set: {', '.join(details['members'])}"
        case _:
            return f"Member must be of type {' or '.join(details.get('valid_types', ['known']))}"


class _Validator(ParamValidator):
    """botocore's validator, with what is too much, patterns and enumerations beside it."""

    VALIDATED_METADATA_ATTRS = ParamValidator.VALIDATED_METADATA_ATTRS | set(KINDS)

    def __init__(self, service: str) -> None:
        self._service = service

    def validate_into(self, parameters: Any, shape: Any, found: _Found) -> None:
        self._validate(parameters, shape, found, name="")

    def _constraint(self, shape: Any, kind: str) -> Any:
        """The shape's constraint of a kind, None where it has none that is compared here."""
        return None if (self._service, shape.name, kind) in ELSEWHERE else shape.metadata.get(kind)

    def _at_most(self, size: Any, value: Any, shape: Any, errors: _Found, name: str, kind: str) -> None:
        most = self._constraint(shape, "max")
        if most is not None and size > most:
            errors.report(name, kind, param=_shown(value, shape), max_allowed=most)

    def _validate_string(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        super()._validate_string(param, shape, errors, name)
        if not isinstance(param, str):
            return
        self._at_most(len(param), param, shape, errors, name, "too long")
        pattern, allowed = self._constraint(shape, "pattern"), self._constraint(shape, "enum")
        if pattern and not patterns.fits(pattern, param):
            errors.report(name, "pattern", param=_shown(param, shape), pattern=pattern)
        if allowed and param not in allowed:
            errors.report(name, "enum", param=_shown(param, shape), allowed=allowed)

    def _validate_list(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        super()._validate_list(param, shape, errors, name)
        self._at_most(len(param), param, shape, errors, name, "too long")

    def _validate_map(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        super()._validate_map(param, shape, errors, name)
        self._at_most(len(param), param, shape, errors, name, "too long")

    def _validate_blob(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        super()._validate_blob(param, shape, errors, name)
        self._at_most(len(param), None, shape, errors, name, "too long")

    def _number(self, below: Any, param: Any, shape: Any, errors: _Found, name: str) -> None:
        below(param, shape, errors, name)
        if isinstance(param, (int, float)):
            self._at_most(param, param, shape, errors, name, "too large")

    def _validate_integer(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        self._number(super()._validate_integer, param, shape, errors, name)

    def _validate_long(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        self._number(super()._validate_long, param, shape, errors, name)

    def _validate_double(self, param: Any, shape: Any, errors: _Found, name: str) -> None:
        self._number(super()._validate_double, param, shape, errors, name)

    _validate_float = _validate_double


def _shown(value: Any, shape: Any) -> Any:
    """The value, unless it is one that AWS keeps out of what it says."""
    return None if shape.metadata.get("sensitive") else value
