"""EC2: the ICMP type and code of a network ACL's entry.

moto asks the request for `Icmp.Code` and `Icmp.Type`, while its own parser names them `IcmpTypeCode.*`: an entry for
ICMP comes back without them and differs on every plan.
"""

from typing import Any

from moto.ec2.responses.network_acls import NetworkACLs

from awslocal import patch

PARSED = {"Icmp.Code": "IcmpTypeCode.Code", "Icmp.Type": "IcmpTypeCode.Type"}


@patch.around(NetworkACLs, "_get_param")
def _parameter(original: Any, request: NetworkACLs, name: str, *args: Any, **kwargs: Any) -> Any:
    return original(request, PARSED.get(name, name), *args, **kwargs)
