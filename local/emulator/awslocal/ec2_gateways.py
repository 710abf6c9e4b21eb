"""NAT gateways take AWS's time: `pending`, then `available`; `deleting`, then `deleted`."""

from typing import Any

from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from awslocal import patch, states

states.show(NatGateway, "state")


@patch.around(NatGateway, "__init__")
def _create(original: Any, gateway: NatGateway, *args: Any, **kwargs: Any) -> None:
    original(gateway, *args, **kwargs)
    states.begin(gateway, gateway.id, ("pending", "NAT gateway pending"))


@patch.around(NatGatewayBackend, "delete_nat_gateway")
def _delete(original: Any, backend: NatGatewayBackend, nat_gateway_id: str) -> NatGateway:
    gateway = original(backend, nat_gateway_id)
    states.begin(gateway, nat_gateway_id, ("deleting", "NAT gateway deleting"))
    return gateway
