"""NAT gateways take AWS's time: `pending`, then `available`. One that is deleted gives back its interface and its address,
which moto leaves in its subnet for good.
"""

from typing import Any

from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from awslocal import patch, states

states.show(NatGateway, "state")


@patch.around(NatGateway, "__init__")
def _create(original: Any, gateway: NatGateway, *args: Any, **kwargs: Any) -> None:
    original(gateway, *args, **kwargs)
    states.begin(gateway, gateway.id, ("pending", "NAT gateway pending"))


@patch.around(NatGatewayBackend, "delete_nat_gateway")
def _delete(original: Any, backend: Any, *args: Any, **kwargs: Any) -> NatGateway:
    gateway = original(backend, *args, **kwargs)
    for address in backend.addresses:
        if address.eni is gateway._eni:
            address.eni = address.association_id = None
    backend.enis.pop(gateway._eni.id, None)
    return gateway
