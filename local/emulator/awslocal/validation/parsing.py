"""What a request asks for, by the names and types of its operation's model.

The parsers of the five protocols are moto's own; they forgive, and take what does not fit for something that does or
for nothing. Here that is Malformed, and so is a member that the model does not know, where AWS documents that it
refuses those: EC2 (UnknownParameter,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html) and the services whose XML is read by a
schema (S3's MalformedXML, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; Route 53's InvalidInput,
"Invalid XML ; cvc-complex-type", https://github.com/aws/aws-sdk-ruby/pull/137). The others let them pass.
"""

import gzip
import io
from typing import Any
from urllib.parse import parse_qsl, quote

from moto.core import parse as moto
from moto.core.model import OperationModel
from moto.core.request import determine_request_protocol
from werkzeug.datastructures import EnvironHeaders, MultiDict
from werkzeug.wsgi import get_input_stream

from awslocal.calls import Call

FORM = "application/x-www-form-urlencoded"
# What a request of the query protocols says beside its operation's parameters: which operation, and who asks.
COMMON = frozenset({"Action", "Version"})
STREAMS = ("blob", "string")


class Malformed(Exception):
    """A request that cannot be read as its protocol has it; unknown is the member that the model does not have."""

    def __init__(self, message: str, unknown: str = "") -> None:
        super().__init__(message)
        self.unknown = unknown


def parse(call: Call, operation: OperationModel, environ: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters of a request, or None where its protocol is one that is not read here. Malformed otherwise."""
    try:
        parser = PARSERS[determine_request_protocol(operation.service_model, call.content_type)]
    except (NotImplementedError, KeyError):
        return None
    body = b"" if _is_stream(operation) else _body(environ)
    values = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if call.content_type.startswith(FORM):
        values += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        return parser(operation).parse(
            {
                "method": environ["REQUEST_METHOD"],
                "values": MultiDict(values),
                "headers": EnvironHeaders(environ),
                "body": body,
                "url_path": environ.get("PATH_INFO", ""),
                "url_params": {name: quote(value) for name, value in call.labels.items()},
            }
        )
    except (moto.RequestParserError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def _is_stream(operation: OperationModel) -> bool:
    """Whether the body is one parameter, which no constraint of a model is about and which may be large."""
    payload = operation.input_shape.serialization.get("payload")
    return bool(payload) and operation.input_shape.members[payload].type_name == "blob"


def _body(environ: dict[str, Any]) -> bytes:
    """The request's body, which is put back for moto to read."""
    body = get_input_stream(environ, max_content_length=None).read()
    environ["wsgi.input"] = io.BytesIO(body)
    return gzip.decompress(body) if environ.get("HTTP_CONTENT_ENCODING") == "gzip" else body


class _Booleans:
    """true or false, and nothing else, where moto has all but true for false."""

    def _parse_boolean(self, shape: Any, value: Any, *prefix: str) -> Any:
        text = self._default_handle(shape, value, *prefix) if prefix else getattr(value, "text", value)
        if text is moto.UNDEFINED or isinstance(text, bool):
            return text
        if str(text).lower() not in ("true", "false"):
            raise Malformed(f"{text} is neither true nor false")
        return str(text).lower() == "true"


class _Query(_Booleans, moto.QueryParser):
    pass


class _EC2(_Booleans, moto.EC2QueryParser):
    """EC2's parser, which notes what it looks for: whatever else the request has is unknown."""

    def _do_parse(self, request: Any, shape: Any) -> dict[str, Any]:
        self._read: set[str] = set()
        parsed = super()._do_parse(request, shape)
        for name in request["values"]:
            if name not in self._read and name not in COMMON:
                raise Malformed(f"The parameter {name} is not recognized", unknown=name)
        return parsed

    def _default_handle(self, shape: Any, value: Any, prefix: str = "") -> Any:
        self._read.add(prefix)
        return super()._default_handle(shape, value, prefix)


class _JSON(moto.JSONParser):
    """AWS's JSON, in which a structure is an object and a list an array; moto takes a text for a list of letters."""

    KINDS = {"structure": dict, "map": dict, "list": list}

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        kind = self.KINDS.get(shape.type_name)
        if kind and not isinstance(node, kind) and not getattr(shape, "is_document_type", False):
            raise Malformed(f"{type(node).__name__} where {shape.name} is a {shape.type_name}")
        return super()._parse_shape(shape, node)

    def _parse_body_as_json(self, body: Any) -> Any:
        return moto.json.loads(body) if body else {}


class _Streams:
    """A body that is one text or one stream of bytes, which moto takes for text in any case."""

    def _parse_payload(self, request: Any, shape: Any, members: Any, parsed: dict[str, Any]) -> None:
        name = shape.serialization.get("payload")
        if name and members[name].type_name == "blob":
            parsed[name] = request["body"]
        else:
            super()._parse_payload(request, shape, members, parsed)

    def _parse_non_payload_attrs(self, request: Any, shape: Any, members: Any, parsed: dict[str, Any]) -> None:
        """Those that the request has: moto breaks on one in the path that is in the host's name instead."""
        labels = request["url_params"]
        there = {
            name: member
            for name, member in members.items()
            if member.serialization.get("location") != "uri" or member.serialization.get("name", name) in labels
        }
        super()._parse_non_payload_attrs(request, shape, there, parsed)


class _RestJSON(_Streams, _Booleans, moto.RestJSONParser):
    def _parse_body_as_json(self, body: Any) -> Any:
        return moto.json.loads(body) if body else {}


class _RestXML(_Streams, _Booleans, moto.RestXMLParser):
    """AWS's XML, in which nothing may be that the schema does not have."""

    def _parse_structure(self, shape: Any, node: Any) -> dict[str, Any]:
        known = {self._member_key_name(member, name) for name, member in shape.members.items()}
        for name in self._build_name_to_xml_node(node):
            if name not in known:
                raise Malformed(f"{shape.name} has no {name}", unknown=name)
        return super()._parse_structure(shape, node)


PARSERS = {"query": _Query, "ec2": _EC2, "json": _JSON, "rest-json": _RestJSON, "rest-xml": _RestXML}
