"""ElastiCache replication groups (B1, B2).

B1  A replication group's member clusters do not exist, so the provider never sees the group become available.
    Here each member is there, and shows what its group shows.
B2  A group cannot be modified or resized, and its deletion never ends. Parameter groups and subnet groups, the rest
    of B2, are in elasticache_groups.py; RBAC user groups and serverless caches are not emulated.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elasticache.exceptions import InvalidParameterCombinationException, InvalidParameterValueException
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from awslocal import elasticache_groups, patch, states
from awslocal.errors import Refused

DEFAULT_ENGINE_VERSION = "7.1"
# ModifyReplicationGroup's parameters that are kept as they are, and the attribute moto keeps each in.
PLAIN = {
    "CacheNodeType": "cache_node_type",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "ReplicationGroupDescription": "description",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
}
SWITCHES = {"AutomaticFailoverEnabled": "automatic_failover", "MultiAZEnabled": "multi_az"}


states.show(ReplicationGroup, "status")


class Member:
    """One node of a replication group, as DescribeCacheClusters shows it: the group's settings under a node's name."""

    num_cache_nodes = 1

    def __init__(self, group: ReplicationGroup, node: dict[str, Any]) -> None:
        self._group = group
        self.cache_cluster_id = node["cache_cluster_id"]
        self.preferred_availability_zone = node["preferred_availability_zone"]
        self.cache_cluster_create_time = group.replication_group_create_time
        self.arn = group.arn.replace(
            f":replicationgroup:{group.replication_group_id}", f":cluster:{self.cache_cluster_id}"
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._group, name)

    @property
    def cache_cluster_status(self) -> str:
        return self._group.status

    @property
    def engine_version(self) -> str:
        """Three numbers, as AWS completes "7.1"."""
        return ".".join((str(self._group.engine_version).split(".") + ["0", "0"])[:3])

    @property
    def cache_parameter_group(self) -> dict[str, str]:
        return {
            "cache_parameter_group_name": self._group.cache_parameter_group_name,
            "parameter_apply_status": "in-sync",
        }

    @property
    def security_groups(self) -> list[dict[str, str]]:
        return [{"security_group_id": group, "status": "active"} for group in self._group.security_group_ids or []]


@patch.around(ElastiCacheBackend, "create_replication_group")
def _create(original: Any, self: ElastiCacheBackend, **asked: Any) -> ReplicationGroup:
    if name := asked.get("cache_parameter_group_name"):
        elasticache_groups.require_parameter_group(self, name)
    if name := asked.get("cache_subnet_group_name"):
        self.describe_cache_subnet_groups(name)
    if asked.get("auth_token") and not asked.get("transit_encryption_enabled"):
        raise InvalidParameterCombinationException(
            "The AUTH token is only supported when encryption-in-transit is enabled."
        )
    if nodes := asked.get("num_cache_clusters"):
        asked["replicas_per_node_group"] = int(nodes) - 1
    group = original(self, **asked)
    group.engine_version = group.engine_version or DEFAULT_ENGINE_VERSION
    major = group.engine_version.split(".")[0]
    group.cache_parameter_group_name = group.cache_parameter_group_name or f"default.{group.engine}{major}"
    group.auto_minor_version_upgrade = str(asked.get("auto_minor_version_upgrade")).lower() != "false"
    group.auth_tokens = [asked["auth_token"]] if asked.get("auth_token") else []
    if group.transit_encryption_enabled:
        group.transit_encryption_mode = group.transit_encryption_mode or "required"
    _arrange(self, group)
    states.begin(group, group.replication_group_id, ("creating", "cache creating"))
    return group


def _arrange(backend: ElastiCacheBackend, group: ReplicationGroup) -> None:
    """Put the group's nodes in the zones of its subnets, in turn, and make each a cache cluster."""
    zones = elasticache_groups.zones(backend, group.cache_subnet_group_name)
    for stale in [name for name, c in backend.cache_clusters.items() if getattr(c, "_group", None) is group]:
        del backend.cache_clusters[stale]
    for node_group in group.node_groups:
        for index, node in enumerate(node_group["node_group_members"]):
            node["cache_node_id"] = "0001"
            if node["preferred_availability_zone"].startswith("us-east-1"):
                node["preferred_availability_zone"] = zones[index % len(zones)]
            backend.cache_clusters[node["cache_cluster_id"]] = Member(group, node)


@patch.add(ElastiCacheResponse)
def modify_replication_group(self: ElastiCacheResponse) -> ActionResult:
    """Change what a group can have changed in place."""
    asked = self._get_params()
    backend = self.elasticache_backend
    group = _available(backend, asked["ReplicationGroupId"])
    if name := asked.get("CacheParameterGroupName"):
        elasticache_groups.require_parameter_group(backend, name)
    _authenticate(group, asked)
    for parameter, attribute in PLAIN.items():
        if asked.get(parameter) is not None:
            setattr(group, attribute, asked[parameter])
    for parameter, attribute in SWITCHES.items():
        if asked.get(parameter) is not None:
            setattr(group, attribute, "enabled" if asked[parameter] else "disabled")
    for change in asked.get("LogDeliveryConfigurations") or []:
        others = [c for c in group.log_delivery_configurations if c["LogType"] != change["LogType"]]
        added = group._get_log_delivery_configurations([change]) if change.get("Enabled", True) else []
        group.log_delivery_configurations = others + added
    states.begin(group, group.replication_group_id, ("modifying", "cache modifying"))
    return ActionResult({"ReplicationGroup": group})


def _available(backend: ElastiCacheBackend, identifier: str) -> ReplicationGroup:
    """A group that can be changed now."""
    group = backend.describe_replication_groups(identifier)[0]
    if state := states.in_progress(group):
        raise Refused("InvalidReplicationGroupState", f"Replication group {identifier} is not available: it is {state}.")
    return group


def _authenticate(group: ReplicationGroup, asked: dict[str, Any]) -> None:
    """ROTATE lets the new token in beside the present one, SET leaves the given one alone, DELETE leaves none."""
    strategy = asked.get("AuthTokenUpdateStrategy") or "ROTATE"
    token = asked.get("AuthToken")
    if not token and "AuthTokenUpdateStrategy" not in asked:
        return
    if strategy == "DELETE":
        group.auth_tokens = []
    elif not token:
        raise InvalidParameterValueException(f"AuthToken is required with the strategy {strategy}.")
    elif strategy == "SET":
        group.auth_tokens = [token]
    else:
        group.auth_tokens = [token, *group.auth_tokens[:1]]
    group.auth_token_enabled = bool(group.auth_tokens)
    group.auth_token_last_modified_date = utcnow()


def _resize(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    group = _available(backend, self._get_param("ReplicationGroupId"))
    replicas = self._get_int_param("NewReplicaCount")
    group.member_clusters.clear()
    for node_group in group.node_groups:
        domain = node_group["primary_endpoint_address"].removeprefix("master.")
        node_group["node_group_members"] = []
        group._set_node_members_clusters_disabled(
            group.member_clusters, group.replication_group_id, domain, node_group, [], replicas + 1, replicas
        )
    _arrange(backend, group)
    states.begin(group, group.replication_group_id, ("modifying", "cache modifying"))
    return ActionResult({"ReplicationGroup": group})


@patch.add(ElastiCacheResponse)
def increase_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """More replicas in every node group."""
    return _resize(self)


@patch.add(ElastiCacheResponse)
def decrease_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """Fewer replicas in every node group."""
    return _resize(self)


@patch.around(ElastiCacheResponse, "delete_replication_group")
def _delete(original: Any, self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    group = backend.describe_replication_groups(self._get_param("ReplicationGroupId"))[0]
    if final := self._get_param("FinalSnapshotIdentifier"):
        backend.create_snapshot(final, group.replication_group_id, None, group.kms_key_id, [])
    answer = original(self)
    for name in [name for name, c in backend.cache_clusters.items() if getattr(c, "_group", None) is group]:
        del backend.cache_clusters[name]
    del backend.replication_groups[group.replication_group_id]
    states.leave(backend.replication_groups, group.replication_group_id, group, ("deleting", "cache deleting"))
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return answer
