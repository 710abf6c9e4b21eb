"""The parameters of a request, in the names of the service's model; its body stays there for moto to read."""

import io
import re
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.utils import get_service_model
from werkzeug import Request

from awslocal.calls import Call


def of(call: Call, environ: dict[str, Any]) -> dict[str, Any]:
    """What the request's query, headers, path and body say, each where the model has it."""
    model = get_service_model(call.service)
    operation = model.operation_model(call.action)
    if operation.input_shape is None:
        return {}
    content = body(environ)
    request = Request({**environ, "wsgi.input": io.BytesIO(content)})
    parser = PROTOCOL_PARSERS[determine_request_protocol(model, call.content_type)](operation)
    parsed = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": content,
        "url_path": request.path,
        "url_params": _in_path(operation.http.get("requestUri", "/"), request.path),
    }
    return dict(parser.parse(parsed))


def body(environ: dict[str, Any]) -> bytes:
    """The body of a request, which is put back."""
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(content)
    return content


def _in_path(uri: str, path: str) -> dict[str, str]:
    pieces = re.split(r"(\{[^}]+\})", uri.partition("?")[0])
    pattern = "".join(
        f"(?P<{re.sub('[^0-9A-Za-z]', '_', p.strip('{}+'))}>.+)" if p.startswith("{") else re.escape(p) for p in pieces
    )
    found = re.fullmatch(pattern, path)
    return {**found.groupdict()} if found else {}


def arns(value: Any) -> list[str]:
    """Every ARN among the parameters, wherever it is."""
    if isinstance(value, str):
        return [value] if value.startswith("arn:") else []
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [arn for child in children for arn in arns(child)]
