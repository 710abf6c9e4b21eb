"""Faults on demand: throttling, refusals, delays, per AWS action, as the scenario file says.

moto has no fault injection of its own. This stands before it, so a fault that is answered never reaches moto and
leaves no trace in its state, as a throttled call leaves none in AWS.
"""

import time
from typing import Any

from awslocal import errors
from awslocal.scenario import Scenario


class Faults:
    """A WSGI layer that answers a call with the scenario's fault, when it has one."""

    def __init__(self, application: Any, scenario: Scenario) -> None:
        self._application = application
        self._scenario = scenario

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call = environ.get("awslocal.call")
        fault = self._scenario.fault(str(call)) if call else None
        if fault:
            time.sleep(fault.get("delaySeconds", 0))
            if fault.get("status"):
                status, headers, body = errors.encode(call, fault["status"], fault["code"], fault.get("message", ""))
                start_response(status, headers)
                return [body]
        return self._application(environ, start_response)
