"""RDS and ElastiCache: instances that are busy, storage, backups."""

from datetime import UTC, datetime, timedelta
from typing import Any

from awslocal.rules import Asked

GENERAL_PURPOSE = ("gp2", "gp3")
LEAST_GIB, MOST_GIB = 20, 65536
# From this size on the storage of PostgreSQL is spread over four volumes, and its speed can be chosen.
STRIPED_GIB = 400
IOPS, THROUGHPUT = range(12_000, 64_001), range(500, 4_001)
# After a change of its storage that of an instance is not changed again for so long.
OPTIMIZING = timedelta(hours=6)
MOST_RETENTION_DAYS = 35
MOST_SNAPSHOTS = 100


def busy(asked: Asked) -> str:
    """An instance that is not available is rebooted."""
    return _busy(asked, "creating", "modifying", "backing-up", "rebooting")


def no_final_snapshot(asked: Asked) -> str:
    """A final snapshot is asked for of an instance that is still being made."""
    return "" if asked["SkipFinalSnapshot"] else _busy(asked, "creating")


def _busy(asked: Asked, *refused: str) -> str:
    database, name = _database(asked, "DBInstanceIdentifier"), asked["DBInstanceIdentifier"]
    if database is None or database.status not in refused:
        return ""
    return f"Instance {name} is not currently in the available state: it is {database.status}."


def no_backups(asked: Asked) -> str:
    """A moment of an instance that keeps no backups."""
    source = _database(asked, "SourceDBInstanceIdentifier")
    without = source is not None and not int(source.backup_retention_period or 0)
    return f"Point in time restore is not enabled for {asked['SourceDBInstanceIdentifier']}." if without else ""


def both_moments(asked: Asked) -> str:
    """A moment, and the latest one as well."""
    both = asked["UseLatestRestorableTime"] and asked["RestoreTime"]
    return "RestoreTime cannot be specified with UseLatestRestorableTime." if both else ""


def size(asked: Asked) -> str:
    """Storage that is too little or too much."""
    gib = asked["AllocatedStorage"]
    if gib is None or asked["Engine"] != "postgres" or (asked["StorageType"] or "gp2") not in GENERAL_PURPOSE:
        return ""
    name = f"engine name postgres and storage type {asked['StorageType'] or 'gp2'}"
    return "" if LEAST_GIB <= gib <= MOST_GIB else f"Invalid storage size for {name}: {gib}"


def speed(asked: Asked) -> str:
    """gp3 whose speed is chosen where it is too small for that, or out of range; of a change, together with what is."""
    before = _before(asked)
    kind = asked["StorageType"] or getattr(before, "storage_type", None)
    engine = asked["Engine"] or getattr(before, "engine", None)
    gib = asked["AllocatedStorage"] or getattr(before, "allocated_storage", None)
    iops, throughput = asked["Iops"], asked["StorageThroughput"]
    if kind != "gp3" or engine != "postgres" or gib is None or (iops is None and throughput is None):
        return ""
    if int(gib) < STRIPED_GIB:
        return (
            "You can't specify IOPS or storage throughput for engine postgres and a storage size less than "
            f"{STRIPED_GIB}."
        )
    if iops is not None and iops not in IOPS:
        return f"Invalid iops: {iops}. Must be from {IOPS.start} to {IOPS.stop - 1}."
    if throughput is not None and throughput not in THROUGHPUT:
        return f"Invalid storage throughput: {throughput}. Must be from {THROUGHPUT.start} to {THROUGHPUT.stop - 1}."
    return ""


def _before(asked: Asked) -> Any:
    """The instance that is changed, or what a new one is made from."""
    snapshot = asked.kept("rds").database_snapshots.get(str(asked["DBSnapshotIdentifier"] or "").rpartition(":")[2])
    if snapshot:
        return snapshot.database
    return _database(asked, "DBInstanceIdentifier") or _database(asked, "SourceDBInstanceIdentifier")


def shrinks(asked: Asked) -> str:
    """Less storage than there is."""
    before, gib = _database(asked, "DBInstanceIdentifier"), asked["AllocatedStorage"]
    if before is None or gib is None or gib >= int(before.allocated_storage):
        return ""
    return f"Invalid storage size: the requested {gib} GiB is less than the current {before.allocated_storage} GiB."


def still_optimizing(asked: Asked) -> str:
    """A second change of storage within six hours."""
    before = _database(asked, "DBInstanceIdentifier")
    changed = getattr(before, "storage_changed_at", None)  # see rds_storage.py
    if changed is None or not changes_storage(before, asked.parameters) or datetime.now(UTC) - changed >= OPTIMIZING:
        return ""
    return (
        "You can't currently modify the storage of this DB instance because the previous storage change is being "
        "optimized."
    )


def changes_storage(database: Any, parameters: dict[str, Any]) -> bool:
    """Whether a change of an instance is one of its storage."""
    kept = {
        "AllocatedStorage": database.allocated_storage,
        "StorageType": database.storage_type,
        "Iops": database.iops,
        "StorageThroughput": database.storage_throughput,
    }
    return any(name in parameters and str(parameters[name]) != str(value) for name, value in kept.items())


def retention(asked: Asked) -> str:
    """Backups that are kept for longer than RDS keeps any."""
    days = asked["BackupRetentionPeriod"]
    kept = days is None or 0 <= days <= MOST_RETENTION_DAYS
    return "" if kept else f"Invalid backup retention period: {days}. Must be from 0 to {MOST_RETENTION_DAYS}."


def password(asked: Asked) -> str:
    """A master password that is too short, or has a character that PostgreSQL's address would break on."""
    given = asked["MasterUserPassword"]
    if given is None:
        return ""
    if not 8 <= len(given) <= 128:
        return "The parameter MasterUserPassword is not a valid password because it must have from 8 to 128 characters."
    if any(character in '/"@ ' or not character.isprintable() or not character.isascii() for character in given):
        return (
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used."
        )
    return ""


def subnets_of_one_zone(asked: Asked) -> str:
    """Subnets for databases in less than two zones."""
    known = {subnet.id: subnet for zone in asked.kept("ec2").subnets.values() for subnet in zone.values()}
    zones = {known[subnet].availability_zone for subnet in asked["SubnetIds"] if subnet in known}
    if len(zones) != 1 or not set(asked["SubnetIds"]) <= set(known):
        return ""
    return (
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
        f"{zones.pop()}. Add subnets to cover at least 2 AZs."
    )


def too_many_snapshots(asked: Asked) -> str:
    """One manual snapshot more than a region holds."""
    kept = asked.kept("rds").database_snapshots.values()
    full = sum(snapshot.snapshot_type == "manual" for snapshot in kept) >= MOST_SNAPSHOTS
    return f"Cannot create more than {MOST_SNAPSHOTS} manual snapshots" if full else ""


def nothing_to_fail_over_to(asked: Asked) -> str:
    """A replication group that is to fail over and has one node, or is to be in several zones and not to fail over."""
    failover, sharded = asked["AutomaticFailoverEnabled"], (asked["NumNodeGroups"] or 1) > 1
    nodes = asked["NumCacheClusters"] or 1 + (asked["ReplicasPerNodeGroup"] or 0)
    if failover and not sharded and nodes < 2:
        return "Must specify at least two cache clusters in order to auto failover."
    if asked["MultiAZEnabled"] and not failover:
        return "Must set AutomaticFailoverEnabled to true when MultiAZEnabled is true."
    return ""


def _database(asked: Asked, parameter: str) -> Any:
    return asked.kept("rds").databases.get(asked[parameter] or "")
