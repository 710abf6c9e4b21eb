"""Every request is held against AWS's own model of its service, before moto sees it.

moto takes what it is given: a name with a character that AWS refuses, a text that is too long, a misspelt value of an
enumeration. botocore comes with the models that AWS generates its SDKs from, and its services refuse by the same ones.
parsing.py reads a request into what the model calls its parameters, constraints.py compares, refusals.py has the error
code of each service. The parameters that were read are left for the layers inside, see PARAMETERS.

Not compared are requests that are not signed in a header (a presigned address of an object is its holder's), what the
model does not have, and what no parser reads: CBOR, which moto does not speak either.
"""

from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel
from moto.core.utils import get_service_model

from awslocal import errors
from awslocal.calls import Call
from awslocal.validation import constraints, parsing, refusals

# Where in a request's environment its parameters are, once they were read and found right.
PARAMETERS = "awslocal.parameters"


class Validation:
    """A WSGI layer that refuses what the service's model does not allow."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call = environ.get("awslocal.call")
        operation = _operation(call) if call and "HTTP_AUTHORIZATION" in environ else None
        if operation:
            try:
                environ[PARAMETERS] = _parameters(call, operation, environ)
            except refusals.Refusal as refusal:
                status, headers, body = errors.encode(call, 400, refusal.code, str(refusal))
                start_response(status, headers)
                return [body]
        return self._application(environ, start_response)


def _operation(call: Call) -> OperationModel | None:
    try:
        return get_service_model(call.service).operation_model(call.action)
    except (UnknownServiceError, OperationNotFoundError):
        return None


def _parameters(call: Call, operation: OperationModel, environ: dict[str, Any]) -> dict[str, Any] | None:
    """What was asked for; None where it cannot be read. refusals.Refusal when the model does not allow it."""
    if operation.input_shape is None:
        return {}
    try:
        parameters = parsing.parse(call, operation, environ)
    except parsing.Malformed as problem:
        raise refusals.malformed(call, operation, problem) from problem
    if parameters is not None and (problems := constraints.problems(call.service, parameters, operation.input_shape)):
        raise refusals.refusal(call, operation, problems)
    return parameters
