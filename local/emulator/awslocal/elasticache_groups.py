"""ElastiCache parameter groups and subnet groups (B2).

moto has no parameter groups at all, cannot delete or change a subnet group, and does not tag either. A group that
is in use cannot be deleted, here as in AWS: the order in which a stack is destroyed is worth testing.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from awslocal import patch
from awslocal.errors import Refused


def zones(backend: ElastiCacheBackend, subnet_group: str | None) -> list[str]:
    """The availability zones of a subnet group, or two of the region where there is none."""
    group = backend.cache_subnet_groups.get(subnet_group or "")
    found = [subnet.get("subnet_availability_zone") for subnet in group.subnets] if group else []
    return sorted({zone for zone in found if zone}) or [f"{backend.region_name}{letter}" for letter in "ab"]


def require_parameter_group(backend: ElastiCacheBackend, name: str) -> dict[str, Any]:
    """The parameter group of that name; the defaults every region has count, and are empty."""
    group = _parameter_groups(backend).get(name)
    if group is None and name.startswith("default."):
        return {
            "CacheParameterGroupName": name,
            "CacheParameterGroupFamily": name.removeprefix("default."),
            "parameters": {},
        }
    if group is None:
        raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return group


def _parameter_groups(backend: ElastiCacheBackend) -> dict[str, dict[str, Any]]:
    """Kept on the backend, so that moto's reset empties them with the rest."""
    return backend.__dict__.setdefault("cache_parameter_groups", {})


def _users(backend: ElastiCacheBackend, attribute: str, name: str) -> list[str]:
    groups = backend.replication_groups.values()
    return [group.replication_group_id for group in groups if getattr(group, attribute) == name]


@patch.add(ElastiCacheResponse)
def create_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """A parameter group without any parameter set."""
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName").lower()
    if name in _parameter_groups(backend):
        raise Refused("CacheParameterGroupAlreadyExists", f"Cache Parameter Group {name} already exists.")
    group = _parameter_groups(backend)[name] = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}",
        "parameters": {},
    }
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


@patch.add(ElastiCacheResponse)
def describe_cache_parameter_groups(self: ElastiCacheResponse) -> ActionResult:
    """One parameter group, or all that were created."""
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    groups = [require_parameter_group(backend, name)] if name else list(_parameter_groups(backend).values())
    return ActionResult({"CacheParameterGroups": groups})


@patch.add(ElastiCacheResponse)
def modify_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Set parameters."""
    group = require_parameter_group(self.elasticache_backend, self._get_param("CacheParameterGroupName"))
    for parameter in self._get_param("ParameterNameValues", []):
        group["parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


@patch.add(ElastiCacheResponse)
def reset_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Give parameters, or all of them, back to the engine's default."""
    group = require_parameter_group(self.elasticache_backend, self._get_param("CacheParameterGroupName"))
    names = [p["ParameterName"] for p in self._get_param("ParameterNameValues", [])]
    for name in names or list(group["parameters"]):
        group["parameters"].pop(name, None)
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


@patch.add(ElastiCacheResponse)
def describe_cache_parameters(self: ElastiCacheResponse) -> ActionResult:
    """The parameters that were set; the engine's defaults are not known here."""
    group = require_parameter_group(self.elasticache_backend, self._get_param("CacheParameterGroupName"))
    shown = group["parameters"].items() if self._get_param("Source", "user") == "user" else ()
    return ActionResult(
        {
            "Parameters": [
                {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
                for name, value in shown
            ]
        }
    )


@patch.add(ElastiCacheResponse)
def delete_cache_parameter_group(self: ElastiCacheResponse) -> EmptyResult:
    """Delete a parameter group no replication group uses."""
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    group = require_parameter_group(backend, name)
    if users := _users(backend, "cache_parameter_group_name", name):
        raise Refused("InvalidCacheParameterGroupState", f"{name} is in use by {', '.join(users)}.")
    _parameter_groups(backend).pop(name, None)
    backend.tagging_service.delete_all_tags_for_resource(group["ARN"])
    return EmptyResult()


@patch.add(ElastiCacheResponse)
def modify_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    """Change a subnet group's subnets or description."""
    backend = self.elasticache_backend
    old = backend.describe_cache_subnet_groups(self._get_param("CacheSubnetGroupName"))[0]
    description = self._get_param("CacheSubnetGroupDescription") or old.cache_subnet_group_description
    subnets = self._get_param("SubnetIds") or old.subnet_ids
    new = CacheSubnetGroup(
        backend.account_id, backend.region_name, old.cache_subnet_group_name, description, subnets, old.tags
    )
    backend.cache_subnet_groups[old.cache_subnet_group_name] = new
    return ActionResult({"CacheSubnetGroup": new})


@patch.add(ElastiCacheResponse)
def delete_cache_subnet_group(self: ElastiCacheResponse) -> EmptyResult:
    """Delete a subnet group no replication group uses."""
    backend, name = self.elasticache_backend, self._get_param("CacheSubnetGroupName")
    group = backend.describe_cache_subnet_groups(name)[0]
    if users := _users(backend, "cache_subnet_group_name", name):
        raise Refused("CacheSubnetGroupInUse", f"{name} is in use by {', '.join(users)}.")
    del backend.cache_subnet_groups[name]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return EmptyResult()


@patch.replace(ElastiCacheBackend)
def list_tags_for_resource(self: ElastiCacheBackend, arn: str) -> dict[str, list[dict[str, str]]]:
    """moto answers for five kinds of resource only; parameter groups have tags too."""
    return self.tagging_service.list_tags_for_resource(arn)
