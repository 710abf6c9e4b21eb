"""EC2: the network interfaces that AWS makes for others, in the security groups of what they are for.

moto puts those of an interface endpoint into the VPC's default group, and has none of databases and caches, so that their
groups seem to be in nobody's use. Where one is, and which address it has, nothing here looks at.

Those of a load balancer outlive it, for AWS's time: until they are gone its security groups, its subnets and the VPC's gateway are
in use. As long as there is a load balancer, the rules go by the load balancer itself.
"""

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.elasticache.models import elasticache_backends
from moto.elbv2.models import ELBv2Backend
from moto.rds.models import rds_backends

from awslocal import patch, states


@patch.around(EC2Backend, "create_vpc_endpoint")
def _endpoint(original: Any, backend: EC2Backend, *args: Any, **kwargs: Any) -> Any:
    endpoint = original(backend, *args, **kwargs)
    for identifier in endpoint.network_interface_ids:
        interface = backend.enis[identifier]
        interface.interface_type, interface.requester_managed = "vpc_endpoint", True
        interface.description = f"VPC Endpoint Interface {endpoint.id}"
        groups = [backend.get_security_group_from_id(group) for group in endpoint.security_group_ids]
        interface._group_set = groups or interface._group_set
    return endpoint


@patch.around(ELBv2Backend, "delete_load_balancer")
def _balancer(original: Any, backend: ELBv2Backend, arn: str) -> None:
    balancer = backend.load_balancers.get(arn)
    original(backend, arn)
    if balancer is None:
        return
    ec2, left = ec2_backends[backend.account_id][backend.region_name], []
    for subnet in balancer.subnets:
        description = f"ELB {arn.partition(':loadbalancer/')[2]}"
        interface = ec2.create_network_interface(subnet, [], group_ids=balancer.security_groups, description=description)
        interface.requester_managed, interface.status = True, "in-use"
        interface.is_public = balancer.scheme != "internal"
        left.append(interface.id)
    states.later("load balancer interfaces", arn, lambda: [ec2.enis.pop(interface, None) for interface in left])


@patch.around(EC2Backend, "get_all_network_interfaces")
def _listed(original: Any, backend: EC2Backend, *args: Any, **kwargs: Any) -> list[NetworkInterface]:
    _reconcile(backend)
    return original(backend, *args, **kwargs)


def _reconcile(backend: EC2Backend) -> None:
    """Make one interface for each database and cache that is there, and end those of what is not, or was moved."""
    made = backend.__dict__.setdefault("interfaces_of_others", {})
    wanted = set(_others(backend))
    for gone in set(made) - wanted:
        backend.enis.pop(made.pop(gone), None)
    for description, subnet, groups in sorted(wanted - set(made)):
        interface = backend.create_network_interface(subnet, [], group_ids=list(groups), description=description)
        interface.requester_managed, interface.status = True, "in-use"
        made[description, subnet, groups] = interface.id


def _others(backend: EC2Backend) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The description, a subnet and the security groups of each database and cache in a VPC of the account."""
    for database in rds_backends[backend.account_id][backend.region_name].databases.values():
        placed = getattr(database, "db_subnet_group", None)
        if placed and placed._subnets:
            yield "RDSNetworkInterface", placed._subnets[0].id, tuple(sorted(database.vpc_security_group_ids))
    caches = elasticache_backends[backend.account_id][backend.region_name]
    for group in caches.replication_groups.values():
        placed = caches.cache_subnet_groups.get(group.cache_subnet_group_name or "")
        if placed and placed.subnet_ids:
            description = f"ElastiCache {group.replication_group_id}"
            yield description, placed.subnet_ids[0], tuple(sorted(group.security_group_ids or []))
