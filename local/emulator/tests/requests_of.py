"""Requests as an SDK sends them, made up from AWS's models alone: for every operation, whatever it is for."""

import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.model import OperationModel, ServiceModel, Shape
from botocore.serialize import create_serializer

DEEPEST = 6  # shapes may hold themselves


def parameters(shape: Shape, depth: int = 0) -> Any:
    """A value of a shape: what is required of a structure, or its first member that is no structure itself."""
    least = max(1, shape.metadata.get("min", 1))
    match shape.type_name:
        case "structure":
            return {name: parameters(shape.members[name], depth + 1) for name in _members(shape)}
        case "list":
            return [parameters(shape.member, depth + 1)] * int(least) if depth < DEEPEST else []
        case "map":
            return {parameters(shape.key, depth + 1): parameters(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if shape.enum else "a" * int(least)
        case "boolean":
            return True
        case "blob":
            return b"x"
        case "timestamp":
            return datetime(2024, 1, 2, tzinfo=UTC).replace(tzinfo=None)
        case "float" | "double":
            return float(least)
        case _:
            return int(least)


def _members(shape: Shape) -> list[str]:
    if shape.required_members or not shape.members:
        return shape.required_members
    scalars = (name for name, m in shape.members.items() if m.type_name not in ("structure", "list", "map"))
    return [next(scalars, next(iter(shape.members)))]


def environ(service: ServiceModel, operation: OperationModel, asked: dict[str, Any]) -> dict[str, Any]:
    """The WSGI request that botocore's own serializer makes of them."""
    request = create_serializer(service.resolved_protocol, include_validation=False).serialize_to_request(asked, operation)
    headers, body = dict(request["headers"]), request["body"] or b""
    if isinstance(body, dict):
        body, headers["Content-Type"] = urlencode(body), "application/x-www-form-urlencoded; charset=utf-8"
    body = body.encode() if isinstance(body, str) else body
    path, _, fixed = request["url_path"].partition("?")
    named = request["query_string"]
    query = "&".join(part for part in (fixed, urlencode(named, doseq=True) if isinstance(named, dict) else named) if part)
    scope = f"test/20250101/ap-southeast-2/{service.signing_name}/aws4_request"
    return {
        "REQUEST_METHOD": request["method"],
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.pop("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()},
    }
