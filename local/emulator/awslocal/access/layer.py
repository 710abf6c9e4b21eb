"""The WSGI layer that asks, before moto answers, whether the caller may.

A refusal has the status, the code and the words that AWS gives it; services differ in them. What cannot be decided is
refused as not emulated: it is never allowed.
"""

from typing import Any

from awslocal import errors
from awslocal.calls import Call
from awslocal.locks import MOTO

# Services whose code for a refusal is their own.
CODES = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
# What S3 calls a key that it does not know.
UNKNOWN_KEY = {"s3": "InvalidAccessKeyId"}


class Access:
    """A layer that refuses what the caller's credentials do not allow, and hands on everything else."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call = environ.get("awslocal.call")
        refused = self._refused(call, environ) if call else None
        if refused is None:
            return self._application(environ, start_response)
        status, headers, body = errors.encode(call, *refused)
        head = environ["REQUEST_METHOD"] == "HEAD"  # has no body, so a client sees the status alone
        start_response(status, [(n, v) for n, v in headers if not (head and n == "content-length")])
        return [b"" if head else body]

    def _refused(self, call: Call, environ: dict[str, Any]) -> tuple[int, str, str] | None:
        from awslocal.access import sessions  # imports moto's services, which read the environment only once

        try:
            session = sessions.of(environ)
        except sessions.Invalid as error:
            unknown = error.code == "InvalidClientTokenId"
            return 403, UNKNOWN_KEY.get(call.service, error.code) if unknown else error.code, str(error)
        if session is None:
            return None
        environ["awslocal.session"] = session.arn
        # S3 does not wait for the others (see OneAtATime); what is read of them on its way is copied first.
        if call.service == "s3":
            return _decided(call, environ, session)
        with MOTO:
            return _decided(call, environ, session)


def _decided(call: Call, environ: dict[str, Any], session: Any) -> tuple[int, str, str] | None:
    from awslocal.access import actions, decide

    try:
        for need in actions.needs(call, environ):
            if denied := decide.refusal(session, need):
                return _worded(call, session, denied)
    except (decide.NotEmulated, NotImplementedError) as error:
        return 400, "EmulatorNotImplemented", f"{call} as {session.arn}: {error}"
    return None


def _worded(call: Call, session: Any, denied: Any) -> tuple[int, str, str]:
    need = denied.need
    if need.code:
        return 400, need.code, denied.text(session)
    if call.service == "ec2":
        return 403, CODES["ec2"], f"You are not authorized to perform this operation. {denied.text(session)}"
    if call.service == "s3":
        return 403, "AccessDenied", denied.text(session, quote='"')
    code = CODES.get(call.service) or ("AccessDenied" if _speaks_xml(call) else "AccessDeniedException")
    return (400 if _speaks_plain_json(call) else 403), code, denied.text(session)


def _speaks_xml(call: Call) -> bool:
    return _protocol(call) in ("query", "rest-xml", "ec2")


def _speaks_plain_json(call: Call) -> bool:
    return _protocol(call) == "json"


def _protocol(call: Call) -> str:
    from moto.core.utils import get_service_model

    return str(get_service_model(call.service).protocol)
