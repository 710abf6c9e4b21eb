"""WAF: which resources a web ACL protects, which moto knows and does not tell."""

import json

from moto.core.common_types import TYPE_RESPONSE
from moto.wafv2.exceptions import WAFNonexistentItemException
from moto.wafv2.responses import WAFV2Response

from awslocal import patch

# AWS's name of a kind of resource → what its ARNs contain. Load balancers where nothing is asked for.
KINDS = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":/restapis/"}


@patch.add(WAFV2Response)
def list_resources_for_web_acl(self: WAFV2Response) -> TYPE_RESPONSE:
    """The ARNs of the protected resources of one kind."""
    asked = json.loads(self.body)
    firewall = self.wafv2_backend.wacls.get(asked["WebACLArn"])
    if firewall is None:
        raise WAFNonexistentItemException
    part = KINDS.get(asked.get("ResourceType", "APPLICATION_LOAD_BALANCER"))
    found = [arn for arn in firewall.associated_resources if part and part in arn]
    return 200, {"Content-Type": "application/json"}, json.dumps({"ResourceArns": found})
