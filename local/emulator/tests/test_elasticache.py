"""ElastiCache's additions (B1, B2). Does not prove that an engine accepts a parameter's value or a token."""

from tests.support import REGION, Case, client, name, network


class ReplicationGroup(Case):
    def setUp(self) -> None:
        self.cache = client("elasticache")
        self.group, self.subnets, self.parameters = name("rg"), name("subnets"), name("params")
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName=self.subnets, CacheSubnetGroupDescription="d", SubnetIds=network()["subnets"]
        )
        self.cache.create_cache_parameter_group(
            CacheParameterGroupName=self.parameters, CacheParameterGroupFamily="redis7", Description="d"
        )

    def create(self, **more: object) -> dict:
        return self.cache.create_replication_group(
            **{
                "ReplicationGroupId": self.group,
                "ReplicationGroupDescription": "d",
                "Engine": "redis",
                "EngineVersion": "7.1",
                "CacheNodeType": "cache.t4g.small",
                "NumCacheClusters": 2,
                "CacheSubnetGroupName": self.subnets,
                "CacheParameterGroupName": self.parameters,
                "SecurityGroupIds": [network()["group"]],
                "TransitEncryptionEnabled": True,
                "AtRestEncryptionEnabled": True,
                "AuthToken": "t" * 20,
                "SnapshotRetentionLimit": 7,
                "SnapshotWindow": "15:00-16:00",
                **more,
            }
        )["ReplicationGroup"]

    def members(self) -> list[dict]:
        clusters = self.cache.describe_cache_clusters()["CacheClusters"]
        return [c for c in clusters if c.get("ReplicationGroupId") == self.group]

    def test_members_exist_and_show_what_the_group_shows(self) -> None:
        self.assertEqual(self.create()["MemberClusters"], [f"{self.group}-001", f"{self.group}-002"])
        member = self.cache.describe_cache_clusters(CacheClusterId=f"{self.group}-002")["CacheClusters"][0]
        expected = {
            "CacheClusterStatus": "available",
            "EngineVersion": "7.1.0",
            "NumCacheNodes": 1,
            "SnapshotWindow": "15:00-16:00",
            "CacheSubnetGroupName": self.subnets,
            "AtRestEncryptionEnabled": True,
            "AuthTokenEnabled": True,
            "TransitEncryptionMode": "required",
            "PreferredAvailabilityZone": f"{REGION}b",
            "AutoMinorVersionUpgrade": True,
        }
        self.assertEqual({key: member.get(key) for key in expected}, expected)
        self.assertEqual(member["SecurityGroups"][0]["SecurityGroupId"], network()["group"])

    def test_change_in_place_reaches_the_members(self) -> None:
        self.create()
        self.cache.modify_replication_group(
            ReplicationGroupId=self.group,
            CacheNodeType="cache.m7g.large",
            SnapshotRetentionLimit=14,
            AutomaticFailoverEnabled=True,
            MultiAZEnabled=True,
            LogDeliveryConfigurations=[
                {
                    "LogType": "slow-log",
                    "DestinationType": "cloudwatch-logs",
                    "LogFormat": "json",
                    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "g"}},
                }
            ],
        )
        group = self.cache.describe_replication_groups(ReplicationGroupId=self.group)["ReplicationGroups"][0]
        self.assertEqual((group["AutomaticFailover"], group["MultiAZ"]), ("enabled", "enabled"))
        self.assertEqual(group["LogDeliveryConfigurations"][0]["Status"], "active")
        self.assertEqual(
            {(m["CacheNodeType"], m["SnapshotRetentionLimit"]) for m in self.members()}, {("cache.m7g.large", 14)}
        )

    def test_token_is_rotated_and_then_set(self) -> None:
        self.create()
        for strategy in ("ROTATE", "SET"):
            changed = self.cache.modify_replication_group(
                ReplicationGroupId=self.group,
                AuthToken="n" * 20,
                AuthTokenUpdateStrategy=strategy,
                ApplyImmediately=True,
            )["ReplicationGroup"]
            self.assertTrue(changed["AuthTokenEnabled"])
        self.cache.modify_replication_group(ReplicationGroupId=self.group, AuthTokenUpdateStrategy="DELETE")
        group = self.cache.describe_replication_groups(ReplicationGroupId=self.group)["ReplicationGroups"][0]
        self.assertFalse(group["AuthTokenEnabled"])

    def test_resize(self) -> None:
        self.create()
        self.cache.increase_replica_count(ReplicationGroupId=self.group, NewReplicaCount=2, ApplyImmediately=True)
        self.assertEqual(len(self.members()), 3)
        self.cache.decrease_replica_count(ReplicationGroupId=self.group, NewReplicaCount=0, ApplyImmediately=True)
        self.assertEqual([m["CacheClusterId"] for m in self.members()], [f"{self.group}-001"])

    def test_token_needs_encryption(self) -> None:
        self.refused("InvalidParameterCombination", self.create, TransitEncryptionEnabled=False)

    def test_deletion_ends_and_frees_what_was_used(self) -> None:
        self.create()
        self.refused(
            "InvalidCacheParameterGroupState",
            self.cache.delete_cache_parameter_group,
            CacheParameterGroupName=self.parameters,
        )
        self.refused("CacheSubnetGroupInUse", self.cache.delete_cache_subnet_group, CacheSubnetGroupName=self.subnets)
        final = name("final")
        self.cache.delete_replication_group(ReplicationGroupId=self.group, FinalSnapshotIdentifier=final)
        self.refused(
            "ReplicationGroupNotFoundFault", self.cache.describe_replication_groups, ReplicationGroupId=self.group
        )
        self.assertEqual(self.members(), [])
        self.assertEqual(len(self.cache.describe_snapshots(SnapshotName=final)["Snapshots"]), 1)
        self.cache.delete_cache_parameter_group(CacheParameterGroupName=self.parameters)
        self.cache.delete_cache_subnet_group(CacheSubnetGroupName=self.subnets)

    def test_parameters_are_kept_and_reset(self) -> None:
        self.cache.modify_cache_parameter_group(
            CacheParameterGroupName=self.parameters,
            ParameterNameValues=[
                {"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"},
            ],
        )
        shown = self.cache.describe_cache_parameters(CacheParameterGroupName=self.parameters, Source="user")[
            "Parameters"
        ]
        self.assertEqual(
            [(p["ParameterName"], p["ParameterValue"]) for p in shown], [("maxmemory-policy", "noeviction")]
        )
        self.cache.reset_cache_parameter_group(CacheParameterGroupName=self.parameters, ResetAllParameters=True)
        self.assertEqual(
            self.cache.describe_cache_parameters(CacheParameterGroupName=self.parameters)["Parameters"], []
        )

    def test_unknown_parameter_group_is_refused(self) -> None:
        self.refused("CacheParameterGroupNotFound", self.create, CacheParameterGroupName="none")
