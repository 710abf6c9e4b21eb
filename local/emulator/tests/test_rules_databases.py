"""What AWS refuses of databases and caches, a test for each row of rules/table.py. Does not prove that AWS refuses it: the table names the document that says so."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from awslocal.rules import databases
from tests.support import Case, client, name, network


def asked(**more: Any) -> dict[str, Any]:
    """What CreateDBInstance is asked for."""
    return {
        "DBInstanceIdentifier": name("db"),
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20,
        "StorageType": "gp3",
        **more,
    }


def create(**more: Any) -> str:
    """An instance's identifier."""
    return client("rds").create_db_instance(**asked(**more))["DBInstance"]["DBInstanceIdentifier"]


class Databases(Case):
    def setUp(self) -> None:
        self.rds = client("rds")

    def modify(self, database: str, **change: Any) -> dict[str, Any]:
        return self.rds.modify_db_instance(DBInstanceIdentifier=database, ApplyImmediately=True, **change)["DBInstance"]

    def refuses(self, code: str, database: str, **change: Any) -> None:
        self.refused(code, self.rds.modify_db_instance, DBInstanceIdentifier=database, ApplyImmediately=True, **change)

    def test_busy(self) -> None:
        database = create()
        self.scenario(snapshots={"seconds": 3600})
        self.rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=name("s"))
        self.rds.describe_db_instances(DBInstanceIdentifier=database)
        self.refused("InvalidDBInstanceState", self.rds.reboot_db_instance, DBInstanceIdentifier=database)
        self.scenario(snapshots={"seconds": 0})
        self.rds.describe_db_instances(DBInstanceIdentifier=database)
        self.rds.reboot_db_instance(DBInstanceIdentifier=database)

    def test_no_final_snapshot(self) -> None:
        final = {"FinalDBSnapshotIdentifier": name("final")}
        with mock.patch("awslocal.pace.seconds", return_value=3600):
            database, other = create(), create()
        self.refused("InvalidDBInstanceState", self.rds.delete_db_instance, DBInstanceIdentifier=database, **final)
        self.rds.delete_db_instance(DBInstanceIdentifier=other, SkipFinalSnapshot=True)
        self.rds.delete_db_instance(DBInstanceIdentifier=create(), **final)

    def test_no_backups(self) -> None:
        for days, code in ((0, "PointInTimeRestoreNotEnabled"), (1, "")):
            moment = {
                "SourceDBInstanceIdentifier": create(BackupRetentionPeriod=days),
                "TargetDBInstanceIdentifier": name("db"),
                "UseLatestRestorableTime": True,
            }
            if code:
                self.refused(code, self.rds.restore_db_instance_to_point_in_time, **moment)
            else:
                self.rds.restore_db_instance_to_point_in_time(**moment)

    def test_both_moments(self) -> None:
        moment = {"SourceDBInstanceIdentifier": create(), "TargetDBInstanceIdentifier": name("db")}
        both = {"UseLatestRestorableTime": True, "RestoreTime": datetime.now(UTC)}
        self.refused("InvalidParameterCombination", self.rds.restore_db_instance_to_point_in_time, **moment, **both)
        self.rds.restore_db_instance_to_point_in_time(**moment, UseLatestRestorableTime=True)

    def test_size(self) -> None:
        self.refused("InvalidParameterValue", self.rds.create_db_instance, **asked(AllocatedStorage=19))
        create(AllocatedStorage=20)

    def test_speed(self) -> None:
        fast = {"Iops": 12000, "StorageThroughput": 500}
        refused = "InvalidParameterCombination", self.rds.create_db_instance
        self.refused(*refused, **asked(AllocatedStorage=399, Iops=3000))
        self.refused(*refused, **asked(AllocatedStorage=399, StorageThroughput=500))
        self.refused(*refused, **asked(AllocatedStorage=400, Iops=11999))
        self.refused(*refused, **asked(AllocatedStorage=400, StorageThroughput=4001, Iops=12000))
        create(AllocatedStorage=399)
        large = create(AllocatedStorage=400, **fast)
        self.refuses("InvalidParameterCombination", large, Iops=3000)
        self.modify(large, Iops=64000, StorageThroughput=4000)
        self.refuses("InvalidParameterCombination", create(), **fast)

    def test_a_snapshots_size_counts_for_its_copy(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        snapshot, copy = name("s"), {"DBInstanceIdentifier": name("db"), "Iops": 12000}
        self.rds.create_db_snapshot(DBInstanceIdentifier=create(), DBSnapshotIdentifier=snapshot)
        self.refused(
            "InvalidParameterCombination",
            self.rds.restore_db_instance_from_db_snapshot,
            DBSnapshotIdentifier=snapshot,
            **copy,
        )
        self.rds.restore_db_instance_from_db_snapshot(DBSnapshotIdentifier=snapshot, AllocatedStorage=400, **copy)

    def test_shrinks(self) -> None:
        database = create(AllocatedStorage=40)
        self.refuses("InvalidParameterCombination", database, AllocatedStorage=39)
        self.modify(database, AllocatedStorage=40)

    def test_still_optimizing(self) -> None:
        database = create()
        self.assertEqual(self.modify(database, AllocatedStorage=30)["AllocatedStorage"], 30)
        self.refuses("InvalidParameterCombination", database, AllocatedStorage=40)
        self.modify(database, AllocatedStorage=30, BackupRetentionPeriod=2)  # no change of storage
        later = datetime.now(UTC) + timedelta(hours=6, minutes=1)
        with mock.patch.object(databases, "datetime") as clock:
            clock.now.return_value = later
            self.modify(database, AllocatedStorage=40)

    def test_growth_is_a_tenth_at_least(self) -> None:
        self.assertEqual(self.modify(create(AllocatedStorage=50), AllocatedStorage=51)["AllocatedStorage"], 55)
        self.assertEqual(self.modify(create(AllocatedStorage=50), AllocatedStorage=56)["AllocatedStorage"], 56)

    def test_retention(self) -> None:
        self.refuses("InvalidParameterValue", create(), BackupRetentionPeriod=36)
        self.modify(create(), BackupRetentionPeriod=35)

    def test_password(self) -> None:
        for password in ("seven77", "with/slash", "with@sign", "with a space", 'with"quotes', "p" * 129):
            given = asked(MasterUsername="u", MasterUserPassword=password)
            error = self.refused("InvalidParameterValue", self.rds.create_db_instance, **given)
            self.assertNotIn(password, str(error))
        create(MasterUsername="u", MasterUserPassword="it's-long-enough")

    def test_subnets_of_one_zone(self) -> None:
        asked = {"DBSubnetGroupName": name(), "DBSubnetGroupDescription": "d"}
        one = network()["subnets"][:1]
        self.refused("DBSubnetGroupDoesNotCoverEnoughAZs", self.rds.create_db_subnet_group, SubnetIds=one, **asked)
        self.rds.create_db_subnet_group(SubnetIds=network()["subnets"], **asked)

    def test_too_many_snapshots(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        database = create()
        before = len(self.rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"])
        with mock.patch.object(databases, "MOST_SNAPSHOTS", before + 1):
            self.rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=name("s"))
            self.rds.describe_db_instances()
            one_more = {"DBInstanceIdentifier": database, "DBSnapshotIdentifier": name("s")}
            self.refused("SnapshotQuotaExceeded", self.rds.create_db_snapshot, **one_more)

    def test_nothing_to_fail_over_to(self) -> None:
        cache, group = client("elasticache"), {"ReplicationGroupDescription": "d", "CacheNodeType": "cache.t4g.micro"}
        for nodes, failover, zones in ((1, True, False), (2, False, True)):
            asked = {"NumCacheClusters": nodes, "AutomaticFailoverEnabled": failover, "MultiAZEnabled": zones, **group}
            refused = {"ReplicationGroupId": name("rg"), **asked}
            self.refused("InvalidParameterCombination", cache.create_replication_group, **refused)
        for nodes, failover in ((1, False), (2, True)):
            asked = {"NumCacheClusters": nodes, "AutomaticFailoverEnabled": failover, "MultiAZEnabled": failover, **group}
            cache.create_replication_group(ReplicationGroupId=name("rg"), Engine="redis", **asked)
