"""An AWS error as the wire protocol of the called service writes it."""

import warnings
from http import HTTPStatus

from botocore.exceptions import UnknownServiceError
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel, ServiceModel
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from awslocal.calls import Call


class Refused(ServiceException):
    """An AWS error raised by an addition, by code and message.

    A class of ours because moto looks for an exception's error shape in the service its module belongs to, and
    ServiceException itself belongs to none.
    """


def encode(call: Call, status: int, code: str, message: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body of an error in answer to call."""
    model = _model(call.service)
    protocol = _protocol(model, call.content_type)
    serializer = get_serializer_class(model.service_name, protocol)(operation_model=OperationModel({}, model))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto warns of codes the service's model does not list
        answer = serializer.serialize(Refused(code, message))
    body = answer["body"]
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    headers |= {"x-amzn-errortype": code, "x-amzn-requestid": "00000000-0000-0000-0000-000000000000"}
    return (
        f"{status} {_phrase(status)}",
        [(name, str(value)) for name, value in headers.items()],
        body.encode() if isinstance(body, str) else body,
    )


def _model(service: str) -> ServiceModel:
    """The service's own model; an unknown service gets that of ECS, for its plain JSON protocol."""
    try:
        return get_service_model(service)
    except UnknownServiceError:
        return get_service_model("ecs")


def _protocol(model: ServiceModel, content_type: str) -> str:
    try:
        return determine_request_protocol(model, content_type)
    except NotImplementedError:
        return str(model.protocol)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
