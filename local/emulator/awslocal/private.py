"""What this emulator tells and is told beside AWS's API, by the programs that run it. None of it is in the journal.

    GET  /_awslocal/databases   the databases and caches that servers are to stand in for, see databases.py
    GET  /_awslocal/snapshots   the snapshots that are to hold the data of such a server
    GET  /_awslocal/zones       what the name servers of the public zones answer, see route53.py
    POST /_awslocal/metrics  {"namespace", "metrics": […]}: data points as an AWS service reports them, see
                             cloudwatch_data.put; PutMetricData refuses such names

It is for this machine alone. A container that reaches the emulated AWS by a name of its own gets 404 here, as the answers
hold the passwords of the databases.
"""

import json
from http import HTTPStatus
from typing import Any

from awslocal.locks import MOTO

PREFIX = "/_awslocal/"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Private:
    """A WSGI layer that answers the paths of its own and hands on everything else."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._application(environ, start_response)
        route = _ROUTES.get((environ["REQUEST_METHOD"], path.removeprefix(PREFIX)))
        if route is None or _host(environ) not in LOOPBACK:
            return _answer(start_response, HTTPStatus.NOT_FOUND, {"error": "no such path"})
        try:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            with MOTO:
                answer = route(json.loads(body) if body else {})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return _answer(start_response, HTTPStatus.BAD_REQUEST, {"error": f"{type(error).__name__}: {error}"})
        return _answer(start_response, HTTPStatus.OK, answer)


def _databases(_: dict[str, Any]) -> Any:
    from awslocal import databases  # imports moto's services, which are otherwise loaded when they are first used

    return databases.listed()


def _snapshots(_: dict[str, Any]) -> Any:
    from awslocal import databases

    return databases.snapshots()


def _zones(_: dict[str, Any]) -> Any:
    from awslocal import route53

    return route53.zones()


def _metrics(asked: dict[str, Any]) -> Any:
    from awslocal import cloudwatch_data

    cloudwatch_data.put(asked["namespace"], asked["metrics"])
    return {}


_ROUTES = {
    ("GET", "databases"): _databases,
    ("GET", "snapshots"): _snapshots,
    ("GET", "zones"): _zones,
    ("POST", "metrics"): _metrics,
}


def _host(environ: dict[str, Any]) -> str:
    return environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")


def _answer(start_response: Any, status: HTTPStatus, document: Any) -> list[bytes]:
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
