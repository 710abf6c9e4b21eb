"""RDS's manual snapshots take a while, and may fail.

moto's are whole at once, so that a caller that does not wait for one is never caught. Here one that is taken of an
instance is `creating`, with a share that rises, for as long as the scenario says; then it is `available`, or `failed`
where the scenario wants that. What it became it stays. Meanwhile

- its instance is `backing-up`, and no other snapshot is taken of it: InvalidDBInstanceState;
- it can be neither restored, copied nor deleted: InvalidDBSnapshotState. A failed one can be deleted.

Automated snapshots, copies and those of clusters are whole at once, as moto has them. A final snapshot takes as long as
any, but its instance is gone at once.
"""

import time
from typing import Any

from moto.rds.models import DBSnapshot, RDSBackend
from moto.rds.responses import RDSResponse

from awslocal import pace, patch, settings
from awslocal.errors import Refused

CREATING, AVAILABLE, FAILED, BACKING_UP = "creating", "available", "failed", "backing-up"
FAILS_AT = 0.5  # of the time that it would have taken


@patch.around(DBSnapshot, "__init__")
def _whole(original: Any, snapshot: DBSnapshot, *args: Any, **kwargs: Any) -> None:
    original(snapshot, *args, **kwargs)
    snapshot.percent_progress = 100


@patch.around(RDSBackend, "create_db_snapshot")
def _begin(original: Any, backend: RDSBackend, *args: Any, **kwargs: Any) -> DBSnapshot:
    snapshot = original(backend, *args, **kwargs)
    if snapshot.snapshot_type == "manual":
        snapshot.begun, snapshot.status, snapshot.percent_progress = time.monotonic(), CREATING, 0
    return snapshot


def look(backend: RDSBackend) -> None:
    """Bring every snapshot to the state that the clock and the scenario have for it now, and its instance with it."""
    busy = set()
    for snapshot in backend.database_snapshots.values():
        if snapshot.status == CREATING:
            _advance(snapshot)
        if snapshot.status == CREATING:
            busy.add(snapshot.db_instance_identifier)
    for database in backend.databases.values():
        if database.status in (AVAILABLE, BACKING_UP):
            database.status = BACKING_UP if database.db_instance_identifier in busy else AVAILABLE


def _advance(snapshot: DBSnapshot) -> None:
    scenario = settings.current().scenario
    seconds, passed = scenario.snapshot_seconds(), time.monotonic() - snapshot.begun
    if seconds is None:
        seconds = pace.seconds("database snapshot", snapshot.db_snapshot_identifier)
    share = passed / seconds if seconds else 1.0
    if share >= FAILS_AT and scenario.snapshot_fails(snapshot.db_snapshot_identifier):
        snapshot.status, snapshot.percent_progress = FAILED, int(FAILS_AT * 100)
    elif share >= 1:
        snapshot.status, snapshot.percent_progress = AVAILABLE, 100
    else:
        snapshot.percent_progress = int(share * 100)


def _looked(original: Any, backend: RDSBackend, *args: Any, **kwargs: Any) -> Any:
    look(backend)
    return original(backend, *args, **kwargs)


for _name in ("describe_db_snapshots", "describe_db_instances", "stop_db_instance"):
    patch.around(RDSBackend, _name)(_looked)


@patch.around(RDSResponse, "create_db_snapshot")
def _one_at_a_time(original: Any, self: RDSResponse) -> Any:
    look(self.backend)
    identifier = self.params["DBInstanceIdentifier"]
    database = self.backend.databases.get(identifier)
    if database and database.status != AVAILABLE:
        raise Refused(
            "InvalidDBInstanceState",
            f"Cannot create a snapshot because the database instance {identifier} is not currently in the available "
            "state.",
        )
    return original(self)


def _needs(parameter: str, *allowed: str) -> Any:
    """A wrapper that refuses an action on a snapshot that is in no allowed state."""

    def refuse(original: Any, self: RDSResponse) -> Any:
        look(self.backend)
        identifier = self.params[parameter].rpartition(":")[2]  # an ARN ends with the identifier
        snapshot = self.backend.database_snapshots.get(identifier)
        if snapshot and snapshot.status not in allowed:
            raise Refused(
                "InvalidDBSnapshotState", f"The snapshot {identifier} is not available: it is {snapshot.status}."
            )
        return original(self)

    return refuse


patch.around(RDSResponse, "delete_db_snapshot")(_needs("DBSnapshotIdentifier", AVAILABLE, FAILED))
patch.around(RDSResponse, "copy_db_snapshot")(_needs("SourceDBSnapshotIdentifier", AVAILABLE))
patch.around(RDSResponse, "restore_db_instance_from_db_snapshot")(_needs("DBSnapshotIdentifier", AVAILABLE))
