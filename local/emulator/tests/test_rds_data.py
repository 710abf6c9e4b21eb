"""Where a restored instance's data comes from. Does not prove that a server has it: local/databases is tested for that."""

import json
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from unittest import mock

from tests.support import Case, address, client, name


def told(path: str) -> list[dict]:
    """What the emulator tells those that run servers."""
    with urllib.request.urlopen(f"{address()}/_awslocal/{path}") as answer:
        return json.load(answer)


class Data(Case):
    def setUp(self) -> None:
        self.rds, self.db = client("rds"), name("db")
        self.made = self.rds.create_db_instance(
            DBInstanceIdentifier=self.db, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20
        )["DBInstance"]

    def origin(self, identifier: str) -> dict:
        return next(one["origin"] for one in told("databases") if one["id"] == identifier)

    def snapshot(self) -> str:
        taken = name("snap")
        self.rds.create_db_snapshot(DBInstanceIdentifier=self.db, DBSnapshotIdentifier=taken)
        while self.rds.describe_db_snapshots(DBSnapshotIdentifier=taken)["DBSnapshots"][0]["Status"] != "available":
            time.sleep(0.1)
        return taken

    def to_moment(self, moment: datetime) -> str:
        copy = name("copy")
        self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=self.db, TargetDBInstanceIdentifier=copy, RestoreTime=moment
        )
        return copy

    def test_one_that_was_made_begins_empty(self) -> None:
        self.assertEqual(self.origin(self.db), {})

    def test_a_snapshot_is_told_with_its_moment_until_it_is_deleted(self) -> None:
        taken = self.snapshot()
        found = [snapshot for snapshot in told("snapshots") if snapshot["id"] == taken]
        self.assertEqual([snapshot["instance"] for snapshot in found], [self.made["DbiResourceId"]])
        age = datetime.now(UTC) - datetime.fromisoformat(found[0]["at"])
        self.assertTrue(timedelta(0) <= age < timedelta(minutes=1), age)
        self.assertFalse([s for s in told("snapshots") if s["id"].startswith(f"rds:{self.db}-")], "an empty instance's")
        arn = self.rds.describe_db_snapshots(DBSnapshotIdentifier=taken)["DBSnapshots"][0]["DBSnapshotArn"]
        for source in (taken, arn):
            copy = name("copy")
            self.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=copy, DBSnapshotIdentifier=source)
            self.assertEqual(self.origin(copy), {"snapshot": taken, "at": found[0]["at"]})
            of_copy = [s["id"] for s in told("snapshots") if s["id"].startswith(f"rds:{copy}-")]
            self.assertEqual(len(of_copy), 1, "a copy is not empty when it is made")
            self.rds.delete_db_instance(DBInstanceIdentifier=copy, SkipFinalSnapshot=True)
            self.assertNotIn(of_copy[0], [s["id"] for s in told("snapshots")])
        self.rds.delete_db_snapshot(DBSnapshotIdentifier=taken)
        self.assertNotIn(taken, [snapshot["id"] for snapshot in told("snapshots")])

    def test_a_moment_is_of_the_instance(self) -> None:
        copy = self.to_moment(datetime.now(UTC))
        self.assertEqual(self.origin(copy)["instance"], self.made["DbiResourceId"])
        shown = self.rds.describe_db_instances(DBInstanceIdentifier=copy)["DBInstances"][0]
        self.assertNotIn("ReadReplicaSourceDBInstanceIdentifier", shown, "a copy is no replica")
        latest = name("copy")
        self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=copy, TargetDBInstanceIdentifier=latest, UseLatestRestorableTime=True
        )
        self.assertNotEqual(self.origin(latest)["instance"], self.made["DbiResourceId"], "a copy of a copy")

    def test_a_moment_outside_of_the_window_is_refused(self) -> None:
        for moment in (self.made["InstanceCreateTime"] - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)):
            refused = self.refused("InvalidParameterValue", self.to_moment, moment=moment)
            self.assertIn("restorable window", str(refused))

    def test_a_moment_has_to_be_before_the_latest_restorable_time(self) -> None:
        latest = (datetime.now(UTC) + timedelta(minutes=1)).replace(microsecond=0)
        with mock.patch("awslocal.rds_data.time.time", return_value=latest.timestamp()):
            shown = self.rds.describe_db_instances(DBInstanceIdentifier=self.db)["DBInstances"][0]
            self.assertEqual(shown["LatestRestorableTime"], latest)
            self.refused("InvalidParameterValue", self.to_moment, moment=latest)
            before = self.to_moment(latest - timedelta(seconds=1))
        self.assertEqual(datetime.fromisoformat(self.origin(before)["at"]), latest - timedelta(seconds=1))

    def test_how_far_it_can_be_restored_is_told_of_one_that_keeps_backups(self) -> None:
        shown = self.rds.describe_db_instances(DBInstanceIdentifier=self.db)["DBInstances"][0]
        self.assertLess(datetime.now(UTC) - shown["LatestRestorableTime"], timedelta(minutes=1))
        self.rds.modify_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=0, ApplyImmediately=True)
        shown = self.rds.describe_db_instances(DBInstanceIdentifier=self.db)["DBInstances"][0]
        self.assertNotIn("LatestRestorableTime", shown)

    def test_a_name_that_is_taken_is_refused(self) -> None:
        self.refused(
            "DBInstanceAlreadyExists",
            self.rds.restore_db_instance_to_point_in_time,
            SourceDBInstanceIdentifier=self.db,
            TargetDBInstanceIdentifier=self.db,
            UseLatestRestorableTime=True,
        )
