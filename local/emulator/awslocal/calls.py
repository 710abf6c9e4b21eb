"""Which AWS action a request asks for, told from the request alone, before moto sees it."""

import functools
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

# boto3 names a few services differently from the name their requests are signed with.
BOTO_NAMES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}


@dataclass(frozen=True)
class Call:
    """One AWS API call; action is empty when the request asks for none that the service has.

    labels are the parameters in the path of a REST request, by the names that the service's model has for them there.
    """

    service: str
    action: str
    content_type: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.service}:{self.action or 'unknown'}"


def identify(environ: dict[str, Any]) -> Call | None:
    """The call a WSGI request makes, or None when the request is not signed for any service."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    service = _service(environ, query)
    if not service:
        return None
    content_type = environ.get("CONTENT_TYPE", "")
    if named := _named(environ, query):
        return Call(service, named, content_type)
    action, labels = _routed(service, environ, query)
    return Call(service, action, content_type, labels)


def region(environ: dict[str, Any]) -> str:
    """The region that a request is signed for; empty when it is not signed in its header."""
    scope = re.search(r"Credential=[^/,]+/\d{8}/([^/,]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return scope.group(1) if scope else ""


def _service(environ: dict[str, Any], query: dict[str, list[str]]) -> str:
    scope = re.search(r"Credential=[^/,]+/\d{8}/[^/,]+/([^/,]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    signed = scope.group(1) if scope else _presigned(query)
    path = environ.get("PATH_INFO", "")
    if signed == "ses" and path.startswith("/v2/"):
        return "sesv2"
    if signed == "s3" and path.startswith("/v20180820/"):
        return "s3control"
    return BOTO_NAMES.get(signed, signed)


def _presigned(query: dict[str, list[str]]) -> str:
    parts = query.get("X-Amz-Credential", [""])[0].split("/")
    return parts[3] if len(parts) == 5 else ""


def _named(environ: dict[str, Any], query: dict[str, list[str]]) -> str:
    """The action that the request names, in the ways of the JSON, query and RPC protocols; empty for REST."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rsplit(".", 1)[-1]
    if named := query.get("Action") or _form(environ).get("Action"):
        return named[0]
    rpc = re.search(r"/operation/(\w+)$", environ.get("PATH_INFO", ""))
    return rpc.group(1) if rpc else ""


def _routed(service: str, environ: dict[str, Any], query: dict[str, list[str]]) -> tuple[str, dict[str, str]]:
    """Action and labels of a REST request."""
    try:
        routes = _routes(service)
    except UnknownServiceError:
        return "", {}
    path = unquote(environ.get("RAW_URI", environ.get("PATH_INFO", "")).split("?")[0]).rstrip("/") or "/"
    named = query.get("x-id", [""])[0]
    matching = [r for r in routes if r.action == named] or [r for r in routes if r.matches(environ, path, query)]
    if not matching:
        return "", {}
    route = max(matching, key=lambda route: route.weight)
    return route.action, route.labels(path)


def _form(environ: dict[str, Any]) -> dict[str, list[str]]:
    """The parameters in a form body, which is put back for moto to read."""
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


@dataclass(frozen=True)
class _Route:
    """How a REST request for one action looks: what its query and headers must hold beside method and path."""

    action: str
    method: str
    path: re.Pattern
    query: frozenset[str]
    headers: frozenset[str]
    names: tuple[str, ...]
    weight: tuple[bool, int, int]

    def labels(self, path: str) -> dict[str, str]:
        """The parameters in the path; none where it is not this route's, as for a bucket that the host names."""
        found = self.path.fullmatch(path)
        return dict(zip(self.names, found.groups(), strict=True)) if found else {}

    def matches(self, environ: dict[str, Any], path: str, query: dict[str, list[str]]) -> bool:
        return (
            environ["REQUEST_METHOD"] == self.method
            and self.path.fullmatch(path) is not None
            and self.query <= set(query)
            and all("HTTP_" + name.upper().replace("-", "_") in environ for name in self.headers)
        )


@functools.cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = get_service_model(service)
    return tuple(_route(model.operation_model(name)) for name in model.operation_names)


def _route(operation: Any) -> _Route:
    path, _, literal = operation.http.get("requestUri", "/").partition("?")
    query = {part.split("=")[0] for part in literal.split("&") if part} - {"x-id"}
    headers = set()
    shape = operation.input_shape
    for name in shape.required_members if shape else ():
        where = shape.members[name].serialization
        if where.get("location") == "querystring":
            query.add(where["name"])
        elif where.get("location") == "header":
            headers.add(where["name"])
    pieces = re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
    pattern = "".join(_piece(piece, last=i >= len(pieces) - 2) for i, piece in enumerate(pieces))
    fixed = sum(len(piece) for piece in pieces if not piece.startswith("{"))
    return _Route(
        operation.name,
        operation.http["method"],
        re.compile(pattern),
        frozenset(query),
        frozenset(headers),
        tuple(piece.strip("{+}") for piece in pieces if piece.startswith("{")),
        (not operation.deprecated, len(query) + len(headers), fixed),
    )


def _piece(piece: str, last: bool) -> str:
    if not piece.startswith("{"):
        return re.escape(piece)
    return "(.+)" if piece.endswith("+}") or (last and piece.lower().endswith("arn}")) else "([^/]+)"
