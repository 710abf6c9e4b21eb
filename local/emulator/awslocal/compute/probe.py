"""One health check of one target, as an Application Load Balancer makes it."""

import http.client
import socket
import ssl
from dataclasses import dataclass

AGENT = "ELB-HealthChecker/2.0"


@dataclass(frozen=True)
class Question:
    """What is asked of a target; codes is the matcher ("200", "200-299,302"), timeout is in seconds."""

    protocol: str
    address: str
    port: int
    path: str
    codes: str
    timeout: float


@dataclass(frozen=True)
class Answer:
    """Whether the target passed, and why not in ELB's words."""

    passed: bool
    reason: str = ""
    description: str = ""


def ask(question: Question) -> Answer:
    """Make the check; takes as long as its timeout at most for each step of the exchange."""
    try:
        status = _status(question)
    except TimeoutError:
        return Answer(False, "Target.Timeout", "Request timed out")
    except (OSError, http.client.HTTPException):
        return Answer(False, "Target.FailedHealthChecks", "Health checks failed")
    if status is None or matches(status, question.codes):
        return Answer(True)
    return Answer(False, "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def _status(question: Question) -> int | None:
    """The status code; None where the check is that a connection can be made."""
    if question.protocol not in ("HTTP", "HTTPS"):
        socket.create_connection((question.address, question.port), question.timeout).close()
        return None
    if question.protocol == "HTTPS":
        unverified = ssl._create_unverified_context()  # a load balancer does not verify its targets' certificates
        connection = http.client.HTTPSConnection(
            question.address, question.port, timeout=question.timeout, context=unverified
        )
    else:
        connection = http.client.HTTPConnection(question.address, question.port, timeout=question.timeout)
    try:
        connection.request("GET", question.path, headers={"User-Agent": AGENT, "Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()


def matches(status: int, codes: str) -> bool:
    """Whether a status is among codes, which are single ones and ranges."""
    for part in codes.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
