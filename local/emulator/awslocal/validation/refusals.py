"""How each service refuses what its model does not allow: the error code, and AWS's words.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html has ValidationError for the services of the query
protocol and ValidationException for those of JSON; the table has those that have a code of their own, with its source.
"""

import re

from moto.core.model import OperationModel

from awslocal.calls import Call
from awslocal.validation.constraints import MISSING, TYPE, Problem
from awslocal.validation.parsing import Malformed

_API = "https://docs.aws.amazon.com"

BY_PROTOCOL = {
    "query": "ValidationError",
    "json": "ValidationException",
    "rest-json": "ValidationException",
    "rest-xml": "InvalidInput",
    "smithy-rpc-v2-cbor": "ValidationError",  # CloudWatch, which keeps the codes of the query protocol for all its protocols
}

# service → (code, source)
BY_SERVICE: dict[str, tuple[str, str]] = {
    "ec2": ("InvalidParameterValue", _API + "/AWSEC2/latest/APIReference/errors-overview.html"),
    "ecr": ("InvalidParameterException", "https://github.com/localstack/localstack/issues/8051"),
    "ecs": ("InvalidParameterException", _API + "/AmazonECS/latest/APIReference/API_CreateService.html"),
    "logs": (
        "InvalidParameterException",
        "https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs/issues/223",
    ),
    "resourcegroupstaggingapi": (
        "InvalidParameterException",
        _API + "/resourcegroupstagging/latest/APIReference/API_GetResources.html",
    ),
    "elasticache": (
        "InvalidParameterValue",
        _API + "/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html",
    ),
    "rds": ("InvalidParameterValue", "https://github.com/aws/aws-cli/issues/2618"),
    "s3": ("InvalidArgument", _API + "/AmazonS3/latest/API/ErrorResponses.html"),
    "sesv2": ("BadRequestException", _API + "/ses/latest/APIReference-V2/API_CreateEmailIdentity.html"),
    "guardduty": ("BadRequestException", _API + "/guardduty/latest/APIReference/API_CreateDetector.html"),
}
# The codes for a parameter that is not there, where that is another one.
MISSING_BY_SERVICE = {
    "ec2": ("MissingParameter", _API + "/AWSEC2/latest/APIReference/errors-overview.html"),
    "rds": ("MissingParameter", _API + "/AmazonRDS/latest/APIReference/CommonErrors.html"),
    "elasticache": ("MissingParameter", _API + "/AmazonElastiCache/latest/APIReference/CommonErrors.html"),
}
# The codes for what cannot be read at all.
MALFORMED = {
    "ec2": "InvalidParameterValue",
    "s3": "MalformedXML",
    "json": "SerializationException",
    "rest-json": "SerializationException",
}


class Refusal(Exception):
    """A request that AWS refuses, with the code of its error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def refusal(call: Call, operation: OperationModel, problems: list[Problem]) -> Refusal:
    """All that is wrong with a request, in one error; what is of another type than the model's cannot even be read."""
    if typed := next((problem for problem in problems if problem.kind == TYPE), None):
        return malformed(call, operation, Malformed(f"{typed.path}: {typed.wanted}"))
    missing = [problem for problem in problems if problem.kind == MISSING]
    if missing and call.service in MISSING_BY_SERVICE:
        return Refusal(MISSING_BY_SERVICE[call.service][0], f"The request must contain the parameter {missing[0].path}")
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
    document = call.service == "s3" and _in_body(operation, problems[0])
    code = MALFORMED["s3"] if document else _code(call, operation)
    return Refusal(code, f"{count}: {'; '.join(_sentence(problem) for problem in problems)}")


def malformed(call: Call, operation: OperationModel, problem: Malformed) -> Refusal:
    """A request that cannot be read."""
    if problem.unknown and call.service == "ec2":
        return Refusal("UnknownParameter", str(problem))
    protocol = str(operation.service_model.protocol)
    code = MALFORMED.get(call.service) or MALFORMED.get(protocol) or _code(call, operation)
    return Refusal(code, f"The request to {call} cannot be read: {problem}")


def _in_body(operation: OperationModel, problem: Problem) -> bool:
    """Whether it is the document that is wrong, and not the path, the query or a header."""
    member = operation.input_shape.members[re.split(r"[.\[]", problem.path)[0]]
    return not member.serialization.get("location")


def _code(call: Call, operation: OperationModel) -> str:
    known = BY_SERVICE.get(call.service)
    return known[0] if known else BY_PROTOCOL.get(str(operation.service_model.protocol), "ValidationException")


def _sentence(problem: Problem) -> str:
    """As AWS says it: a list's members are counted from 1, and names begin small."""
    path = re.sub(r"\[(\d+)\]", lambda found: f".{int(found[1]) + 1}.member", problem.path)
    path = ".".join(part[:1].lower() + part[1:] for part in path.split("."))
    value = "null " if problem.kind == MISSING else "" if problem.value is None else f"'{problem.value}' "
    return f"Value {value}at '{path}' failed to satisfy constraint: {problem.wanted}"
