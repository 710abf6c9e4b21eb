"""An answer that got lost on its way is given again, instead of the call being made twice.

An SDK that loses a connection after its request was carried out sends the request again. AWS guards most creations
against that; moto answers the second one with "exists already", and an update fails that did nothing wrong. The
SDKs mark all attempts of a call with one id (`amz-sdk-invocation-id`), so the first answer can be told and repeated.

Only answers of success are: a refusal is asked for again because another answer is hoped for.
"""

import re
import threading
from collections import OrderedDict
from typing import Any

KEPT = 500  # answers; a retry follows within seconds


class Retries:
    """A WSGI layer that repeats the answer of an earlier attempt of the same call."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, tuple[str, list[tuple[str, str]], list[bytes]]] = OrderedDict()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        attempt = attempt_of(environ)
        with self._lock:
            known = self._answers.get(call) if attempt > 1 else None
        if known:
            environ["awslocal.repeated"] = True
            status, headers, body = known
            start_response(status, headers)
            return body
        heads: list[tuple[str, list[tuple[str, str]]]] = []

        def remember(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            heads.append((status, headers))
            return start_response(status, headers, *rest)

        body = list(self._application(environ, remember))
        if call and heads and heads[-1][0].startswith("2"):
            self._keep(call, (*heads[-1], body))
        return body

    def _keep(self, call: str, answer: tuple[str, list[tuple[str, str]], list[bytes]]) -> None:
        with self._lock:
            self._answers[call] = answer
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)


def attempt_of(environ: dict[str, Any]) -> int:
    """Which attempt of its call a request is, counted from 1; 1 where it does not say."""
    found = re.search(r"attempt=(\d+)", environ.get("HTTP_AMZ_SDK_REQUEST", ""))
    return int(found[1]) if found else 1
