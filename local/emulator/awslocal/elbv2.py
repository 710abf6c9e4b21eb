"""Load balancers: the health of targets.

moto calls every registered target healthy, and does not show one that is draining. Where tasks are containers, their
health is what checks found; where nothing runs, it stays as it is in moto. A load balancer is `provisioning` for AWS's time.
"""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeLoadBalancer

from awslocal import compute, patch, states

states.show(FakeLoadBalancer, "state")


@patch.around(ELBv2Backend, "create_load_balancer")
def _create(original: Any, self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
    balancer = original(self, *args, **kwargs)
    states.begin(balancer, balancer.arn, ("provisioning", "load balancer provisioning"))
    return balancer


@patch.around(ELBv2Backend, "describe_target_health")
def _health(
    original: Any, self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    shown = original(self, target_group_arn, targets)
    group = self.target_groups[target_group_arn]
    checked = compute.current().targets(group)
    if checked is None:
        return shown
    if targets:
        return [_checked(group, status, checked) for status in shown]
    return [_status(group, address, port, health) for (address, port), health in checked.items()]


def _checked(group: Any, status: FakeHealthStatus, checked: dict[tuple[str, int], dict[str, str]]) -> FakeHealthStatus:
    """A target that was asked for by name, and may not be in the group at all."""
    key = (str(status.instance_id), int(status.port))
    return _status(group, *key, checked[key]) if key in checked else status


def _status(group: Any, address: str, port: int, health: dict[str, str]) -> FakeHealthStatus:
    checked_at = str(port) if group.health_check_port == "traffic-port" else group.health_check_port
    return FakeHealthStatus(address, port, checked_at, health["State"], health.get("Reason"), health.get("Description"))
