"""The scenario file: what this emulated AWS is asked to do wrong.

    {"faults": [{"match": "ecs:UpdateService", "times": 2, "status": 400,
                 "code": "ThrottlingException", "message": "Rate exceeded", "delaySeconds": 0.5}],
     "compute": {"rollback": ["backend-service"], "pinned": {"frontend-service": 0},
                 "exitCodes": {"flowcomply-migration": 1}, "failToStart": ["flowcomply-report"]},
     "databases": {"down": ["postgres/flowcomply-local"]},
     "account": {"fargateVCPUs": 6, "mailSandbox": true},
     "snapshots": {"seconds": 30, "failing": [".*-pre-deploy-v1-2-0-.*"]}}

faults: match is a regular expression for the whole of "service:Action" (boto3's service names), times is how often
it applies (1 when left out), status 0 or left out means "delay only".
compute: a service named in rollback fails its deployments and goes back to the last completed one; pinned is how many
tasks of a service's newest deployment get to run; exitCodes is the exit code of one-off tasks, by task family, and
failToStart names the families whose one-off tasks never get as far as one. Where tasks are containers, only
failToStart has a meaning, for every task of the family, and lingering, which names services whose old tasks nothing
stops when new ones take their place: whatever else is to go wrong has to go wrong in a container.
databases: down names the RDS instances (postgres/…) and ElastiCache replication groups (redis/…) nobody can connect to.
account: fargateVCPUs is how much Fargate runs at once (4,000 when left out, as an account has that has grown; a fresh one
has 6); mailSandbox is whether SES sends to verified recipients alone (no, when left out).
snapshots: seconds is how long a manual snapshot of an RDS instance takes, also one that has begun (as long as at this pace when left out);
one whose whole name matches a regular expression of failing fails halfway.

The file is looked at on every call and read again when it has changed; a changed file starts its counts anew.
A file that cannot be read or is not JSON changes nothing: the last good one stays in force, with a line on stderr.
"""

import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

# What an account may run that AWS has raised the quota of: more than any stack here asks for.
GROWN_VCPUS = 4_000


class Scenario:
    """The scenario in force now. Without a path nothing goes wrong."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._document: dict[str, Any] = {}
        self._used: dict[int, int] = {}

    def fault(self, call: str) -> dict[str, Any] | None:
        """The first fault that matches call ("service:Action") and is not used up; taking it uses it once."""
        with self._lock:
            self._refresh()
            for index, fault in enumerate(self._document.get("faults", [])):
                used = self._used.get(index, 0)
                if used < fault.get("times", 1) and re.fullmatch(fault["match"], call):
                    self._used[index] = used + 1
                    return fault
        return None

    def rolls_back(self, service: str) -> bool:
        """Whether the next deployments of this ECS service is to fail and be rolled back."""
        return service in self._compute("rollback", [])

    def pinned(self, service: str) -> int | None:
        """How many tasks of this ECS service's newest deployment may run; None when all may."""
        return self._compute("pinned", {}).get(service)

    def exit_code(self, family: str) -> int:
        """The exit code of one-off tasks of this task definition family."""
        return self._compute("exitCodes", {}).get(family, 0)

    def fails_to_start(self, family: str) -> bool:
        """Whether tasks of this family stop before any container has run."""
        return family in self._compute("failToStart", [])

    def lingers(self, service: str) -> bool:
        """Whether tasks of this ECS service's earlier deployments go on running, and ECS takes them for gone."""
        return service in self._compute("lingering", [])

    def database_is_down(self, kind: str, identifier: str) -> bool:
        """Whether nobody is to reach this RDS instance (postgres) or ElastiCache replication group (redis)."""
        return f"{kind}/{identifier}" in self._section("databases", "down", [])

    def fargate_vcpus(self) -> float:
        """How many vCPUs the account may have running on Fargate at once."""
        return float(self._section("account", "fargateVCPUs", GROWN_VCPUS))

    def mail_is_sandboxed(self) -> bool:
        """Whether SES sends to verified recipients alone."""
        return bool(self._section("account", "mailSandbox", False))

    def snapshot_seconds(self) -> float | None:
        """How long a manual snapshot of an RDS instance takes; None for as long as at this pace."""
        return self._section("snapshots", "seconds", None)

    def snapshot_fails(self, identifier: str) -> bool:
        """Whether the snapshot of this name is to fail."""
        return any(re.fullmatch(pattern, identifier) for pattern in self._section("snapshots", "failing", []))

    def _compute(self, key: str, default: Any) -> Any:
        return self._section("compute", key, default)

    def _section(self, section: str, key: str, default: Any) -> Any:
        with self._lock:
            self._refresh()
            return self._document.get(section, {}).get(key, default)

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._document = _checked(json.loads(self._path.read_text()))
            self._used = {}
        except FileNotFoundError:
            self._stamp, self._document, self._used = None, {}, {}
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            print(f'scenario "{self._path}": not used: {error}', file=sys.stderr, flush=True)


def _checked(document: Any) -> dict[str, Any]:
    """Refuse a document whose faults could not be applied, so that a typing error is seen at once."""
    if not isinstance(document, dict):
        raise ValueError("the document is not an object")
    unknown = set(document) - {"faults", "compute", "databases", "snapshots", "account"}
    unknown |= set(document.get("compute", {})) - {"rollback", "pinned", "exitCodes", "failToStart", "lingering"}
    unknown |= set(document.get("databases", {})) - {"down"}
    unknown |= set(document.get("snapshots", {})) - {"seconds", "failing"}
    unknown |= set(document.get("account", {})) - {"fargateVCPUs", "mailSandbox"}
    if document.get("account", {}).get("fargateVCPUs", 0) < 0:
        raise ValueError("account: fargateVCPUs is less than nothing")
    if document.get("snapshots", {}).get("seconds", 0) < 0:
        raise ValueError("snapshots: seconds is less than nothing")
    for pattern in document.get("snapshots", {}).get("failing", []):
        re.compile(pattern)
    for fault in document.get("faults", []):
        re.compile(fault["match"])
        unknown |= set(fault) - {"match", "times", "status", "code", "message", "delaySeconds"}
        if fault.get("status") and not fault.get("code"):
            raise ValueError(f"fault {fault['match']!r}: a status needs a code")
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    return document
