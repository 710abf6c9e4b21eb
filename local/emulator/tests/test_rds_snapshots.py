"""Manual snapshots that take a while, and what moto has of its own that a release's snapshot rests on.

Does not prove that a snapshot holds data: here none does.
"""

import time

from tests.support import Case, client, name

FOREVER = 3600


class Instance(Case):
    """A test with an instance at hand, and the name of a snapshot of it."""

    def setUp(self) -> None:
        self.rds = client("rds")
        self.db, self.id = name("db"), name("snap")
        self.rds.create_db_instance(
            DBInstanceIdentifier=self.db, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20
        )

    def take(self, identifier: str = "", **more: object) -> dict:
        return self.rds.create_db_snapshot(
            DBInstanceIdentifier=self.db, DBSnapshotIdentifier=identifier or self.id, **more
        )["DBSnapshot"]

    def shown(self, identifier: str = "") -> dict:
        return self.rds.describe_db_snapshots(DBSnapshotIdentifier=identifier or self.id)["DBSnapshots"][0]

    def becomes(self, status: str) -> dict:
        """The snapshot once it has that status; a failure when it gets another than creating before."""
        deadline = time.monotonic() + 30
        while (snapshot := self.shown())["Status"] == "creating" and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(snapshot["Status"], status)
        return snapshot

    def instance(self) -> str:
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.db)["DBInstances"][0]["DBInstanceStatus"]


class Snapshots(Instance):
    def test_it_takes_a_while_and_says_how_far_it_is(self) -> None:
        self.scenario(snapshots={"seconds": 30})
        begun = self.take()
        self.assertEqual((begun["Status"], begun["PercentProgress"]), ("creating", 0))
        first = self.rises(0)
        self.assertGreater(self.rises(first), first)
        self.scenario(snapshots={"seconds": 0})
        self.assertEqual(self.becomes("available")["PercentProgress"], 100)

    def rises(self, above: int) -> int:
        """The next share that is shown while the snapshot is not whole."""
        while (snapshot := self.shown())["Status"] == "creating" and snapshot["PercentProgress"] <= above:
            time.sleep(0.02)
        self.assertLess(snapshot["PercentProgress"], 100)
        return snapshot["PercentProgress"]

    def test_it_takes_two_seconds_where_nothing_is_said(self) -> None:
        begun = time.monotonic()
        self.assertEqual(self.take()["Status"], "creating")
        self.becomes("available")
        self.assertGreaterEqual(time.monotonic() - begun, 2)

    def test_a_scenario_that_ends_lets_it_go_on(self) -> None:
        self.scenario(snapshots={"seconds": FOREVER})
        self.take()
        self.assertEqual(self.shown()["PercentProgress"], 0)
        self.scenario(snapshots={"seconds": 0})
        self.assertEqual(self.shown()["Status"], "available")
        self.scenario(snapshots={"seconds": FOREVER})
        self.assertEqual(self.shown()["Status"], "available", "what it became it stays")

    def test_it_fails_where_it_is_told_to_and_stays_so(self) -> None:
        self.scenario(snapshots={"seconds": 0.1, "failing": [self.id]})
        self.take()
        self.assertLess(self.becomes("failed")["PercentProgress"], 100)
        self.scenario()
        self.assertEqual(self.shown()["Status"], "failed")
        self.refused(
            "InvalidDBSnapshotState",
            self.rds.restore_db_instance_from_db_snapshot,
            DBInstanceIdentifier=name("db"),
            DBSnapshotIdentifier=self.id,
        )
        self.assertEqual(self.instance(), "available")
        self.rds.delete_db_snapshot(DBSnapshotIdentifier=self.id)
        self.scenario(snapshots={"seconds": 0})
        self.take()
        self.assertEqual(self.shown()["Status"], "available")

    def test_its_instance_is_busy_meanwhile(self) -> None:
        self.scenario(snapshots={"seconds": FOREVER})
        self.take()
        self.assertEqual(self.instance(), "backing-up")
        self.refused("InvalidDBInstanceState", self.take, identifier=name("other"))
        self.refused("InvalidDBInstanceState", self.rds.stop_db_instance, DBInstanceIdentifier=self.db)
        self.scenario(snapshots={"seconds": 0})
        self.assertEqual(self.instance(), "available")
        self.take(name("other"))

    def test_it_is_of_no_use_meanwhile(self) -> None:
        self.scenario(snapshots={"seconds": FOREVER})
        arn = self.take()["DBSnapshotArn"]
        for source in (self.id, arn):
            self.refused(
                "InvalidDBSnapshotState",
                self.rds.copy_db_snapshot,
                SourceDBSnapshotIdentifier=source,
                TargetDBSnapshotIdentifier=name("copy"),
            )
        self.refused("InvalidDBSnapshotState", self.rds.delete_db_snapshot, DBSnapshotIdentifier=self.id)
        self.refused(
            "InvalidDBSnapshotState",
            self.rds.restore_db_instance_from_db_snapshot,
            DBInstanceIdentifier=name("db"),
            DBSnapshotIdentifier=self.id,
        )

    def test_a_final_one_is_taken_of_an_instance_that_is_busy(self) -> None:
        self.scenario(snapshots={"seconds": FOREVER})
        self.take()
        final = name("final")
        self.rds.delete_db_instance(DBInstanceIdentifier=self.db, FinalDBSnapshotIdentifier=final)
        for seconds, status in ((FOREVER, "creating"), (0, "available")):
            self.scenario(snapshots={"seconds": seconds})
            self.assertEqual([self.shown()["Status"], self.shown(final)["Status"]], [status, status])

    def test_automated_ones_and_copies_are_whole_at_once(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        self.take()
        self.shown()
        self.scenario(snapshots={"seconds": FOREVER})
        copy = self.rds.copy_db_snapshot(SourceDBSnapshotIdentifier=self.id, TargetDBSnapshotIdentifier=name("copy"))
        self.assertEqual(copy["DBSnapshot"]["Status"], "available")
        found = self.rds.describe_db_snapshots(DBInstanceIdentifier=self.db, SnapshotType="automated")["DBSnapshots"]
        self.assertEqual([(s["Status"], s["PercentProgress"]) for s in found], [("available", 100)])


class OfMoto(Instance):
    """These pass with PLAIN_MOTO too."""

    def test_one_of_the_name_is_enough(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        self.take()
        self.refused("DBSnapshotAlreadyExists", self.take)
        self.refused(
            "DBInstanceNotFound", self.rds.create_db_snapshot, DBInstanceIdentifier="x", DBSnapshotIdentifier="y"
        )
        self.rds.delete_db_snapshot(DBSnapshotIdentifier=self.id)
        self.refused("DBSnapshotNotFound", self.rds.describe_db_snapshots, DBSnapshotIdentifier=self.id)
        self.refused("DBSnapshotNotFound", self.rds.delete_db_snapshot, DBSnapshotIdentifier=self.id)

    def test_it_is_found_by_its_instance_and_has_tags(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        tags = [{"Key": "flowcomply:version", "Value": "v1.1.0"}]
        arn = self.take(Tags=tags)["DBSnapshotArn"]
        found = self.rds.describe_db_snapshots(DBInstanceIdentifier=self.db, SnapshotType="manual")["DBSnapshots"]
        self.assertEqual([(s["DBSnapshotIdentifier"], s["TagList"]) for s in found], [(self.id, tags)])
        kept = {"Key": "keep", "Value": "audit"}
        self.rds.add_tags_to_resource(ResourceName=arn, Tags=[kept])
        self.assertEqual(self.rds.list_tags_for_resource(ResourceName=arn)["TagList"], [*tags, kept])
        self.assertEqual(self.shown()["TagList"], [*tags, kept])
        self.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["keep"])
        self.assertEqual(self.shown()["TagList"], tags)
