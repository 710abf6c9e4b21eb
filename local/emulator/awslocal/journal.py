"""A line for each AWS call, in the order in which the calls were answered.

A deployment's promises are about calls as much as about state: the snapshot comes before the update, nothing is
deleted, nothing is created twice. `calls.jsonl` in the data folder is where a test reads that. It holds no
parameters, because those hold passwords. A retry says which attempt it is, and whether an earlier answer was repeated; a call
that a role's credentials sign says whose they are (`as`), all others are the administrator's.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any

from awslocal.calls import identify
from awslocal.retries import attempt_of

INTERNAL = "HTTP_X_AWSLOCAL_INTERNAL"


class Journal:
    """The outermost WSGI layer: names the call for the layers inside, and writes it down once answered."""

    def __init__(self, application: Any, path: Path) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._file = path.open("a", buffering=1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        # What local/ asks for in the place of a part of AWS is nobody's call: it is not written down and meets no fault.
        call = environ["awslocal.call"] = None if INTERNAL in environ else identify(environ)
        if call is None:
            return self._application(environ, start_response)
        begin, heads = time.time(), []

        def remember(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            heads.append(status)
            return start_response(status, headers, *rest)

        body = self._application(environ, remember)
        self._write(begin, str(call), heads, environ)
        return body

    def _write(self, begin: float, call: str, heads: list[str], environ: dict[str, Any]) -> None:
        entry: dict[str, Any] = {
            "at": round(begin, 3),
            "call": call,
            "status": int(heads[-1][:3]) if heads else 0,
            "ms": round((time.time() - begin) * 1000),
        }
        if (attempt := attempt_of(environ)) > 1:
            entry |= {"attempt": attempt, "repeated": "awslocal.repeated" in environ}
        if session := environ.get("awslocal.session"):
            entry["as"] = session
        with self._lock:
            self._file.write(json.dumps(entry) + "\n")
