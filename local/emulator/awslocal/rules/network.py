"""The network: what is in use is not deleted, and what faces the internet needs a way there."""

from collections.abc import Iterator
from typing import Any

from awslocal.rules import Asked


def no_internet_gateway(asked: Asked) -> str:
    """A load balancer that faces the internet, in a VPC that has no internet gateway."""
    subnets = _subnets(asked)
    if not subnets or asked["Scheme"] == "internal":
        return ""
    vpc = subnets[0].vpc_id
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html: a default VPC has one; moto's has none.
    default = asked.kept("ec2").default_vpc
    return "" if _gateway(asked, vpc) or (default and default.id == vpc) else f"VPC {vpc} has no internet gateway"


def one_zone(asked: Asked) -> str:
    """An application load balancer in less than two zones."""
    subnets = _subnets(asked)
    if not subnets or asked["Type"] not in (None, "application") or len({s.availability_zone for s in subnets}) > 1:
        return ""
    return "At least two subnets in two different Availability Zones must be specified"


def two_subnets_of_a_zone(asked: Asked) -> str:
    """A load balancer with two subnets in one zone."""
    zones = [subnet.availability_zone for subnet in _subnets(asked)]
    if len(set(zones)) < 2 or len(set(zones)) == len(zones):  # of one zone alone one_zone() speaks
        return ""
    return "A load balancer cannot be attached to multiple subnets in the same Availability Zone"


def port_is_taken(asked: Asked) -> str:
    """A second listener on one port."""
    balancer = asked.kept("elbv2").load_balancers.get(asked["LoadBalancerArn"])
    taken = balancer and any(int(listener.port) == asked["Port"] for listener in balancer.listeners.values())
    return "A listener already exists on this port for this load balancer" if taken else ""


def no_certificate(asked: Asked) -> str:
    """A listener for HTTPS without a certificate."""
    missing = asked["Protocol"] in ("HTTPS", "TLS") and not asked["Certificates"]
    return f"A certificate must be specified for {asked['Protocol']} listeners" if missing else ""


def group_in_use(asked: Asked) -> str:
    """A security group that an interface, for instance a task's, a load balancer, a database, a cache or another group's
    rule still names."""
    group = asked["GroupId"]
    return f"resource {group} has a dependent object" if group in _used_groups(asked, group) else ""


def _used_groups(asked: Asked, but: str) -> Iterator[str]:
    ec2 = asked.kept("ec2")
    for interface in ec2.enis.values():
        yield from (group.id for group in interface.group_set)
    for endpoint in _endpoints(ec2):
        yield from endpoint.security_group_ids
    for balancer in asked.kept("elbv2").load_balancers.values():
        yield from balancer.security_groups or []
    for database in asked.kept("rds").databases.values():
        yield from database.vpc_security_group_ids or []
    for cache in asked.kept("elasticache").replication_groups.values():
        yield from cache.security_group_ids or []
    for groups in ec2.groups.values():
        for other in groups.values():
            if other.id != but:
                for rule in (*other.ingress_rules, *other.egress_rules):
                    yield from ([rule.source_group["GroupId"]] if (rule.source_group or {}).get("GroupId") else [])


def subnet_in_use(asked: Asked) -> str:
    """A subnet with an interface in it, for instance a task's, or a load balancer."""
    subnet, ec2 = asked["SubnetId"], asked.kept("ec2")
    used = {interface.subnet.id for interface in ec2.enis.values()}
    used |= {s.id for balancer in asked.kept("elbv2").load_balancers.values() for s in balancer.subnets}
    return f"The subnet '{subnet}' has dependencies and cannot be deleted." if subnet in used else ""


def addresses_are_mapped(asked: Asked) -> str:
    """An internet gateway is taken from a VPC in which something still has a public address."""
    vpc, ec2 = asked["VpcId"], asked.kept("ec2")
    mapped = any(address.eni and address.eni.subnet.vpc_id == vpc for address in ec2.addresses)
    mapped = mapped or any(
        balancer.vpc_id == vpc and balancer.scheme != "internal"
        for balancer in asked.kept("elbv2").load_balancers.values()
    )
    left = (interface for interface in ec2.enis.values() if getattr(interface, "is_public", False))
    mapped = mapped or any(interface.subnet.vpc_id == vpc for interface in left)
    if not mapped:
        return ""
    return (
        f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the "
        "gateway."
    )


def address_in_use(asked: Asked) -> str:
    """An address that is still of an interface is given back."""
    for address in asked.kept("ec2").addresses:
        if address.allocation_id == asked["AllocationId"] and address.eni:
            return f"Address {address.public_ip} is in use."
    return ""


def vpc_in_use(asked: Asked) -> str:
    """A VPC with a gateway, an endpoint or a security group of its own; of subnets and routes moto says so itself."""
    vpc, ec2 = asked["VpcId"], asked.kept("ec2")
    own = any(group.name != "default" for group in ec2.groups.get(vpc, {}).values())
    used = own or _gateway(asked, vpc) or any(endpoint.vpc_id == vpc for endpoint in _endpoints(ec2))
    return f"The vpc '{vpc}' has dependencies and cannot be deleted." if used else ""


def _gateway(asked: Asked, vpc: str) -> Any:
    gateways = asked.kept("ec2").internet_gateways.values()
    return next((gateway for gateway in gateways if gateway.vpc and gateway.vpc.id == vpc), None)


def _endpoints(ec2: Any) -> list[Any]:
    return [endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.state != "deleted"]


def _subnets(asked: Asked) -> list[Any]:
    """The subnets of a load balancer that is asked for; none where one of them is unknown."""
    named = asked["Subnets"] or [mapping.get("SubnetId") for mapping in asked["SubnetMappings"] or []]
    known = {subnet.id: subnet for zone in asked.kept("ec2").subnets.values() for subnet in zone.values()}
    return [known[subnet] for subnet in named] if set(named) <= set(known) else []

