"""AWS's time: what the table has, and that things take it. Does not prove that AWS takes as long."""

import unittest
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from unittest import mock

from moto.cloudwatch.models import cloudwatch_backends

from awslocal import cloudwatch_data, pace, settings
from tests.support import REGION, Case, address, client, name, network


def at(chosen: str, seed: int = 0) -> mock._patch:
    """Put another pace in force, for what begins in this with block."""
    address()  # the settings are in use once the emulator has started
    return mock.patch.object(settings, "_current", replace(settings.current(), pace=chosen, seed=seed))


class Table(unittest.TestCase):
    def test_every_duration_has_a_source_and_is_longer_in_aws(self) -> None:
        for name_, row in pace.TABLE.items():
            with self.subTest(name_):
                self.assertTrue(row.source)
                if isinstance(row, pace.Drawn):
                    self.assertTrue(row.fast <= row.least <= row.most)

    def test_what_aws_chooses_is_within_its_bounds_the_same_for_one_thing_and_another_by_the_seed(self) -> None:
        with at(pace.AWS, seed=1):
            first = [pace.seconds("database creating", one) for one in ("a", "b", "a")]
        with at(pace.AWS, seed=2):
            second = pace.seconds("database creating", "a")
        self.assertEqual(first[0], first[2])
        self.assertEqual(len({*first, second}), 3)
        row = pace.TABLE["database creating"]
        self.assertTrue(all(row.least <= one <= row.most for one in (*first, second)))

    def test_the_middle_pace_is_awss_without_what_takes_minutes(self) -> None:
        with at(pace.MIDDLE):
            self.assertEqual(pace.seconds("database creating", "a"), pace.TABLE["database creating"].fast)
            self.assertGreater(pace.seconds("task provisioning", "a"), 0)
            self.assertEqual(pace.within("target deregistration delay", 300), 300)
        with at(pace.FAST):
            self.assertEqual(pace.within("target deregistration delay", 300), 2)
            self.assertEqual(pace.within("target deregistration delay", 1), 1)


class Paced(Case):
    """A test that moves the clock by which states end."""

    def setUp(self) -> None:
        self.now = 1000.0
        clock = mock.patch("awslocal.states.time.monotonic", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)
        pacing = at(pace.AWS)
        pacing.start()
        self.addCleanup(pacing.stop)

        self.timers: list[tuple[float, Callable[[], None]]] = []
        timing = mock.patch("awslocal.states.threading.Timer", self.timer)
        timing.start()
        self.addCleanup(timing.stop)

    def timer(self, seconds: float, do: Callable[[], None]) -> mock.Mock:
        """What threading.Timer makes, by the clock that after() moves."""
        return mock.Mock(start=lambda: self.timers.append((self.now + seconds, do)))

    def after(self, duration: str) -> None:
        """Let as much time pass as this takes at most."""
        self.now += pace.TABLE[duration].most
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer not in due]
        for _, do in due:
            do()


class Databases(Paced):
    def setUp(self) -> None:
        super().setUp()
        self.rds, self.db = client("rds"), name("db")
        self.make = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, "Engine": "postgres"}

    def status(self, identifier: str = "") -> str:
        shown = self.rds.describe_db_instances(DBInstanceIdentifier=identifier or self.db)
        return shown["DBInstances"][0]["DBInstanceStatus"]

    def test_is_creating_then_backing_up_then_available(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=7, **self.make)
        seen = [self.status()]
        for step in ("database creating", "database first backup"):
            self.after(step)
            seen.append(self.status())
        self.assertEqual((seen[0], seen[-1]), ("creating", "available"))

    def test_can_be_restored_once_it_is_backed_up_and_then_in_steps_of_five_minutes(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=7, **self.make)
        self.assertIsNone(self.restorable())
        self.after("database creating")
        self.after("database first backup")
        made = self.restorable()
        self.assertIsNotNone(made)
        with mock.patch("awslocal.rds_data.time.time", lambda: made.timestamp() + 3 * 300):
            last = self.restorable()
        self.assertEqual(last.timestamp() % 300, 0)
        self.assertTrue(2 * 300 <= (last - made).total_seconds() <= 3 * 300, last - made)

    def restorable(self) -> datetime | None:
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.db)["DBInstances"][0].get("LatestRestorableTime")

    def test_one_without_backups_takes_none_first(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=0, **self.make)
        self.after("database creating")
        self.assertEqual(self.status(), "available")

    def test_is_not_changed_before_it_is_available(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=0, **self.make)
        change = {"DBInstanceIdentifier": self.db, "BackupRetentionPeriod": 1, "ApplyImmediately": True}
        self.refused("InvalidDBInstanceState", self.rds.modify_db_instance, **change)
        self.after("database creating")
        self.rds.modify_db_instance(**change)
        self.assertEqual(self.status(), "modifying")
        self.refused("InvalidDBInstanceState", self.rds.modify_db_instance, **change)
        self.after("database modifying")
        self.assertEqual(self.status(), "available")

    def test_a_copy_takes_its_own_time(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=7, **self.make)
        self.after("database creating")
        self.after("database first backup")
        copy = name("copy")
        self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=self.db, TargetDBInstanceIdentifier=copy, UseLatestRestorableTime=True
        )
        self.assertEqual((self.status(self.db), self.status(copy)), ("available", "creating"))
        self.after("database restoring")
        self.after("database first backup")
        self.assertEqual(self.status(copy), "available")

    def test_is_deleting_before_it_is_gone(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=0, **self.make)
        self.after("database creating")
        self.rds.delete_db_instance(DBInstanceIdentifier=self.db, SkipFinalSnapshot=True)
        self.assertEqual(self.status(), "deleting")
        self.after("database deleting")
        self.refused("DBInstanceNotFound", self.rds.describe_db_instances, DBInstanceIdentifier=self.db)

    def test_a_copy_that_is_to_have_no_backups_takes_none_first(self) -> None:
        self.rds.create_db_instance(DBInstanceIdentifier=self.db, BackupRetentionPeriod=7, **self.make)
        self.after("database creating")
        self.after("database first backup")
        snapshot, point = name("snap"), {"SourceDBInstanceIdentifier": self.db, "UseLatestRestorableTime": True}
        self.rds.create_db_snapshot(DBInstanceIdentifier=self.db, DBSnapshotIdentifier=snapshot)
        self.after("database snapshot")
        self.rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot)
        of_snapshot, of_moment = name("copy"), name("copy")
        self.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=of_snapshot, DBSnapshotIdentifier=snapshot, BackupRetentionPeriod=0
        )
        self.rds.restore_db_instance_to_point_in_time(
            TargetDBInstanceIdentifier=of_moment, BackupRetentionPeriod=0, **point
        )
        self.after("database restoring")
        for copy in (of_snapshot, of_moment):
            shown = self.rds.describe_db_instances(DBInstanceIdentifier=copy)["DBInstances"][0]
            self.assertEqual((shown["DBInstanceStatus"], shown["BackupRetentionPeriod"]), ("available", 0))


class Others(Paced):
    def test_a_cache_and_its_nodes_are_creating_and_then_available(self) -> None:
        cache, group = client("elasticache"), name("cache")
        cache.create_replication_group(
            ReplicationGroupId=group, ReplicationGroupDescription="d", NumCacheClusters=2, AutomaticFailoverEnabled=True
        )

        def shown() -> set[str]:
            found = cache.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"][0]
            nodes = [cache.describe_cache_clusters(CacheClusterId=n)["CacheClusters"][0] for n in found["MemberClusters"]]
            return {found["Status"], *(node["CacheClusterStatus"] for node in nodes)}

        self.assertEqual(shown(), {"creating"})
        change = {"ReplicationGroupId": group, "SnapshotRetentionLimit": 3, "ApplyImmediately": True}
        self.refused("InvalidReplicationGroupState", cache.modify_replication_group, **change)
        self.after("cache creating")
        self.assertEqual(shown(), {"available"})
        cache.delete_replication_group(ReplicationGroupId=group)
        left = cache.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"]
        self.assertEqual([one["Status"] for one in left], ["deleting"])
        self.after("cache deleting")
        self.refused("ReplicationGroupNotFoundFault", cache.describe_replication_groups, ReplicationGroupId=group)

    def test_a_load_balancer_is_provisioning_and_then_active(self) -> None:
        elb = client("elbv2")
        made = elb.create_load_balancer(Name=name("lb")[:30], Subnets=network()["subnets"])["LoadBalancers"][0]
        states = []
        for _ in range(2):
            shown = elb.describe_load_balancers(LoadBalancerArns=[made["LoadBalancerArn"]])["LoadBalancers"][0]
            states.append(shown["State"]["Code"])
            self.after("load balancer provisioning")
        self.assertEqual(states, ["provisioning", "active"])

    def test_a_load_balancers_interfaces_outlive_it(self) -> None:
        ec2, elb = client("ec2"), client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{i}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for i, zone in enumerate("ab")
        ]
        group = ec2.create_security_group(VpcId=vpc, GroupName=name(), Description="d")["GroupId"]
        made = elb.create_load_balancer(Name=name("lb")[:30], Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        of_group = {"Filters": [{"Name": "group-id", "Values": [group]}]}

        def attempts() -> list[Callable[[], object]]:
            return [
                lambda: ec2.delete_security_group(GroupId=group),
                lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc),
                *(partial(ec2.delete_subnet, SubnetId=subnet) for subnet in subnets),
            ]

        elb.delete_load_balancer(LoadBalancerArn=arn)
        self.refused("LoadBalancerNotFound", elb.describe_load_balancers, LoadBalancerArns=[arn])
        shown = ec2.describe_network_interfaces(**of_group)["NetworkInterfaces"]
        self.assertEqual({one["Description"] for one in shown}, {f"ELB {arn.partition(':loadbalancer/')[2]}"})
        self.assertEqual({one["SubnetId"] for one in shown}, set(subnets))
        for attempt in attempts():
            self.refused("DependencyViolation", attempt)
        self.after("load balancer interfaces")
        self.assertEqual(ec2.describe_network_interfaces(**of_group)["NetworkInterfaces"], [])
        for attempt in attempts():
            attempt()

    def test_a_nat_gateway_is_pending_and_then_available(self) -> None:
        ec2 = client("ec2")
        address_ = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=network()["subnets"][0], AllocationId=address_)["NatGateway"]
        states = []
        for _ in range(2):
            states.append(ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]["State"])
            self.after("NAT gateway pending")
        ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
        for _ in range(2):
            states.append(ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]["State"])
            self.after("NAT gateway deleting")
        self.assertEqual(states, ["pending", "available", "deleting", "deleted"])

    def test_a_mail_domain_is_pending_and_then_verified(self) -> None:
        one, two, domain = client("ses"), client("sesv2"), name("mail") + ".example"
        one.verify_domain_identity(Domain=domain)
        states = []
        for _ in range(2):
            first = one.get_identity_verification_attributes(Identities=[domain])["VerificationAttributes"][domain]
            second = two.get_email_identity(EmailIdentity=domain)
            states.append((first["VerificationStatus"], second["VerificationStatus"], second["VerifiedForSendingStatus"]))
            self.after("mail domain verification")
        self.assertEqual(states, [("Pending", "PENDING", False), ("Success", "SUCCESS", True)])

    def test_a_service_is_moved_into_its_range_after_a_while(self) -> None:
        ecs, cluster = client("ecs"), name("scaled")
        ecs.create_cluster(clusterName=cluster)
        ecs.register_task_definition(family=cluster, containerDefinitions=[{"name": "a", "image": "a", "memory": 1}])
        ecs.create_service(cluster=cluster, serviceName=cluster, taskDefinition=cluster, desiredCount=0)
        client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{cluster}/{cluster}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2,
            MaxCapacity=4,
        )
        counts = []
        for _ in range(2):
            counts.append(ecs.describe_services(cluster=cluster, services=[cluster])["services"][0]["desiredCount"])
            self.after("scaling reaction")
        self.assertEqual(counts, [0, 2])


class Metrics(Paced):
    def test_what_a_service_measures_is_seen_late_and_what_an_application_sends_at_once(self) -> None:
        watch, measured, metric = client("cloudwatch"), name("m"), {"value": 1.0, "timestamp": 1_700_000_000.0}
        watch.list_metrics()
        cloudwatch_data.put("AWS/ECS", [{"name": measured, **metric}])
        backend, of = cloudwatch_backends[settings.current().account][settings.current().region], cloudwatch_data.Metric.of
        own = of("Own", measured, {})
        cloudwatch_data.add(backend, own, cloudwatch_data.series(backend)[of("AWS/ECS", measured, {})].between(0, 2e9))

        def seen(since: float) -> tuple[int, int]:
            with mock.patch("awslocal.cloudwatch_data.time.time", lambda: metric["timestamp"] + since):
                found = [cloudwatch_data.between(backend, m, 0, 2e9) for m in (of("AWS/ECS", measured, {}), own)]
            return len(found[0]), len(found[1])

        row = pace.TABLE["metric delay"]
        self.assertEqual([seen(row.least - 1), seen(row.most + 1)], [(0, 1), (1, 1)])
