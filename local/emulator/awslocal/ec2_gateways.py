"""NAT gateways take AWS's time: `pending`, then `available`."""

from typing import Any

from moto.ec2.models.nat_gateways import NatGateway

from awslocal import patch, states

states.show(NatGateway, "state")


@patch.around(NatGateway, "__init__")
def _create(original: Any, gateway: NatGateway, *args: Any, **kwargs: Any) -> None:
    original(gateway, *args, **kwargs)
    states.begin(gateway, gateway.id, ("pending", "NAT gateway pending"))
