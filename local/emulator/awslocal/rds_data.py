"""Where the data of a restored RDS instance comes from, for whoever runs a server in its place: see local/databases.

moto copies an instance's description and knows of no data. Here a restored instance remembers its origin: a snapshot, or
another instance, and the moment that its data is of. A moment before the source was made, or that is not before the latest
restorable time, is refused, as RDS does outside of the restorable window
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html, RestoreTime).

moto says of every instance that it can be restored to now. RDS uploads an instance's logs every five minutes, and says how
far they reach; one that keeps no backups, or has not had its first, has no such moment:
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html.
"""

import time
from datetime import UTC, datetime
from typing import Any

from moto.rds.models import DBInstance, DBSnapshot, RDSBackend

from awslocal import pace, patch, states
from awslocal.errors import Refused


@patch.around(RDSBackend, "restore_db_instance_from_db_snapshot")
def _from_snapshot(
    original: Any, backend: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]
) -> DBInstance:
    restored = original(backend, from_snapshot_id, overrides)
    snapshot = backend.database_snapshots[from_snapshot_id.rpartition(":snapshot:")[2]]
    restored.data_origin = {"snapshot": snapshot.db_snapshot_identifier, "at": _moment(snapshot)}
    return restored


@patch.around(RDSBackend, "restore_db_instance_to_point_in_time")
def _to_moment(
    original: Any, backend: RDSBackend, source_db_identifier: str, target_db_identifier: str, overrides: dict[str, Any]
) -> DBInstance:
    asked = overrides.get("restore_time")
    source = backend.databases.get(source_db_identifier)
    last = source and latest(source)
    at = _aware(asked) if asked else last or datetime.now(UTC)
    if target_db_identifier in backend.databases:
        raise Refused("DBInstanceAlreadyExists", "DB instance already exists")
    if source and not (last and _aware(source.created) <= at and (at < last or not asked)):
        raise Refused(
            "InvalidParameterValue",
            f"The time {at:%Y-%m-%dT%H:%M:%SZ} is outside of the restorable window of {source_db_identifier}.",
        )
    restored = original(backend, source_db_identifier, target_db_identifier, overrides)
    restored.source_db_instance_identifier = None  # moto takes it for a replica of its source
    restored.data_origin = {"instance": source.dbi_resource_id, "at": at.isoformat()}
    return restored


def latest(db: DBInstance) -> datetime | None:
    """The latest moment that the instance can be restored to; its first backup gives the first."""
    if not int(db.backup_retention_period or 0) or states.in_progress(db) in ("creating", "backing-up"):
        return None
    every, now = pace.seconds("database log upload"), time.time()
    uploaded = datetime.fromtimestamp(now - now % every if every else now, UTC)
    return max(uploaded, _aware(db.created))


DBInstance.latest_restorable_time = property(latest)


def origin(db: DBInstance) -> dict[str, str]:
    """What the instance's data is made from; nothing for one that began empty."""
    return getattr(db, "data_origin", {})


def snapshots(backend: RDSBackend) -> list[dict[str, str]]:
    """Every snapshot that is to hold data, with its instance and the moment.

    That which moto takes of an instance when it is made is of an empty one, unless the instance was restored.
    """
    restored = {db.dbi_resource_id for db in backend.databases.values() if origin(db)}
    return [
        {"id": snapshot.db_snapshot_identifier, "instance": snapshot.dbi_resource_id, "at": _moment(snapshot)}
        for snapshot in backend.database_snapshots.values()
        if snapshot.snapshot_type == "manual" or snapshot.dbi_resource_id in restored
    ]


def _moment(snapshot: DBSnapshot) -> str:
    return _aware(snapshot.original_snapshot_create_time).isoformat()


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
