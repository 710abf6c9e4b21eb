"""RDS's additions (B3, B14, B15). Does not prove timing: here an instance is available at once."""

from tests.roles import Role, document
from tests.support import Case, client, name


class Rds(Case):
    def setUp(self) -> None:
        self.rds = client("rds")

    def create(self, **more: object) -> dict:
        return self.rds.create_db_instance(
            **{
                "DBInstanceIdentifier": name("db"),
                "Engine": "postgres",
                "EngineVersion": "16",
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": 20,
                **more,
            }
        )["DBInstance"]

    def test_resource_ids_differ_and_find_their_instance(self) -> None:
        first, second = self.create(), self.create()
        self.assertNotEqual(first["DbiResourceId"], second["DbiResourceId"])
        found = self.rds.describe_db_instances(
            Filters=[{"Name": "dbi-resource-id", "Values": [second["DbiResourceId"]]}]
        )
        self.assertEqual([d["DBInstanceIdentifier"] for d in found["DBInstances"]], [second["DBInstanceIdentifier"]])

    def test_restored_copy_has_an_id_of_its_own(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        original, snapshot, copy = self.create(EnablePerformanceInsights=True), name("snap"), name("db")
        self.rds.create_db_snapshot(
            DBInstanceIdentifier=original["DBInstanceIdentifier"], DBSnapshotIdentifier=snapshot
        )
        restored = self.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=copy, DBSnapshotIdentifier=snapshot
        )
        self.assertNotEqual(restored["DBInstance"]["DbiResourceId"], original["DbiResourceId"])
        self.assertTrue(restored["DBInstance"]["PerformanceInsightsEnabled"])

    def test_parameters_say_who_set_them(self) -> None:
        group = name("pg")
        self.rds.create_db_parameter_group(
            DBParameterGroupName=group, DBParameterGroupFamily="postgres16", Description="d"
        )
        self.rds.modify_db_parameter_group(
            DBParameterGroupName=group,
            Parameters=[
                {"ParameterName": "max_connections", "ParameterValue": "200", "ApplyMethod": "pending-reboot"},
            ],
        )
        parameter = self.rds.describe_db_parameters(DBParameterGroupName=group)["Parameters"][0]
        self.assertEqual(
            (parameter["Source"], parameter["ApplyType"], parameter["ParameterValue"]), ("user", "static", "200")
        )
        self.assertEqual(self.rds.describe_db_parameters(DBParameterGroupName=group, Source="system")["Parameters"], [])

    def test_monitoring_and_insights_are_kept(self) -> None:
        role = self.monitoring_role()
        db = self.create(MonitoringInterval=60, MonitoringRoleArn=role, EnablePerformanceInsights=True)
        self.assertEqual((db["MonitoringInterval"], db["MonitoringRoleArn"]), (60, role))
        self.assertEqual((db["PerformanceInsightsEnabled"], db["PerformanceInsightsRetentionPeriod"]), (True, 7))
        db = self.rds.modify_db_instance(
            DBInstanceIdentifier=db["DBInstanceIdentifier"], EnablePerformanceInsights=False, MonitoringInterval=0
        )["DBInstance"]
        self.assertEqual((db["PerformanceInsightsEnabled"], db["MonitoringInterval"]), (False, 0))
        self.assertNotIn("MonitoringRoleArn", db)

    def monitoring_role(self, service: str = "monitoring.rds.amazonaws.com", sources: str = "*") -> str:
        iam, role = client("iam"), name("monitoring")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:rds:*:*:db:{sources}"}},
        }
        made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")
        return made

    def test_monitoring_needs_a_role_that_serves(self) -> None:
        for role in (Role().arn, self.monitoring_role("rds.amazonaws.com"), "arn:aws:iam::123456789012:role/none"):
            with self.subTest(role):
                error = self.refused("InvalidParameterValue", self.create, MonitoringInterval=60, MonitoringRoleArn=role)
                self.assertIn("required permissions for: ENHANCED_MONITORING", str(error))

    def test_a_restored_copy_is_not_monitored(self) -> None:
        self.scenario(snapshots={"seconds": 0})
        source, snapshot = name("db"), name("snap")
        role = self.monitoring_role(sources=source)
        self.create(DBInstanceIdentifier=source, MonitoringInterval=60, MonitoringRoleArn=role)
        self.rds.create_db_snapshot(DBInstanceIdentifier=source, DBSnapshotIdentifier=snapshot)
        for restored in (
            self.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=name("db"), DBSnapshotIdentifier=snapshot),
            self.rds.restore_db_instance_to_point_in_time(
                SourceDBInstanceIdentifier=source, TargetDBInstanceIdentifier=name("db"), UseLatestRestorableTime=True
            ),
        ):
            self.assertEqual(restored["DBInstance"]["MonitoringInterval"], 0)
            self.assertNotIn("MonitoringRoleArn", restored["DBInstance"])
            copy = restored["DBInstance"]["DBInstanceIdentifier"]
            asked = {"DBInstanceIdentifier": copy, "MonitoringInterval": 60, "MonitoringRoleArn": role}
            self.refused("InvalidParameterValue", self.rds.modify_db_instance, **asked)  # the role trusts the source alone

    def test_insights_survive_another_change(self) -> None:
        db = self.create(EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=31)
        db = self.rds.modify_db_instance(
            DBInstanceIdentifier=db["DBInstanceIdentifier"], MasterUserPassword="another-password"
        )["DBInstance"]
        self.assertEqual((db["PerformanceInsightsEnabled"], db["PerformanceInsightsRetentionPeriod"]), (True, 31))

    def test_default_parameter_group_has_the_major_version(self) -> None:
        self.assertEqual(self.create()["DBParameterGroups"][0]["DBParameterGroupName"], "default.postgres16")
