"""A clear refusal of what is not emulated.

moto answers an action it does not have with HTTP 500, and a path it does not know with an HTML 404. The Terraform
provider retries the first for ten minutes and takes the second for "the resource is gone". Both become an HTTP 400
that names the action, which ends a deployment at once:

    EmulatorNotImplemented  moto does not have the action, the service or the path
    EmulatorFailure         moto has it and broke while answering; the stack trace is on stderr
"""

import sys
import traceback
from typing import Any

from awslocal import errors
from awslocal.calls import Call


class Unimplemented:
    """A WSGI layer that turns what moto cannot answer into a client error."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call = environ.get("awslocal.call")
        if call is None:
            return self._application(environ, start_response)
        answer: list[Any] = []
        try:
            body = list(self._application(environ, lambda *head: answer.extend(head[:2])))
        except NotImplementedError:
            return _refuse(start_response, call, "EmulatorNotImplemented", f"{call} is not emulated")
        except Exception as error:
            if _unknown_service(error):
                return _refuse(
                    start_response, call, "EmulatorNotImplemented", f"{call} is not emulated: no such service"
                )
            traceback.print_exc(file=sys.stderr)
            return _refuse(start_response, call, "EmulatorFailure", f"{call} failed: {type(error).__name__}: {error}")
        status, headers = answer
        if status[:3] in ("404", "405") and b"".join(body).startswith(b"<!doctype html>"):
            return _refuse(start_response, call, "EmulatorNotImplemented", f"{call} is not emulated: no such path")
        start_response(status, headers)
        return body


def _refuse(start_response: Any, call: Call, code: str, message: str) -> list[bytes]:
    status, headers, body = errors.encode(call, 400, code, message)
    start_response(status, headers)
    return [body]


def _unknown_service(error: Exception) -> bool:
    """moto's dispatcher fails on a service it does not have while it looks up the module of that name."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename.endswith("backends.py") and last.name == "get_backend"
