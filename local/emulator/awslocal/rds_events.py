"""RDS's event subscriptions: which instances they are about can change, which moto does not know."""

from moto.core.responses import ActionResult
from moto.rds.exceptions import SubscriptionNotFoundError
from moto.rds.models import EventSubscription
from moto.rds.responses import RDSResponse

from awslocal import patch
from awslocal.errors import Refused


def _subscription(self: RDSResponse) -> EventSubscription:
    name = self.params["SubscriptionName"]
    if name not in self.backend.event_subscriptions:
        raise SubscriptionNotFoundError(name)
    return self.backend.event_subscriptions[name]


@patch.add(RDSResponse)
def add_source_identifier_to_subscription(self: RDSResponse) -> ActionResult:
    """One source more; an instance has to be there."""
    subscription, source = _subscription(self), self.params["SourceIdentifier"]
    if subscription.source_type == "db-instance" and source not in self.backend.databases:
        raise Refused("SourceNotFound", f"Could not find source identifier: {source}")
    if source not in subscription.source_ids:
        subscription.source_ids.append(source)
    return ActionResult({"EventSubscription": subscription})


@patch.add(RDSResponse)
def remove_source_identifier_from_subscription(self: RDSResponse) -> ActionResult:
    """One source less; the instance may be gone."""
    subscription, source = _subscription(self), self.params["SourceIdentifier"]
    if source not in subscription.source_ids:
        raise Refused("SourceNotFound", f"Could not find source identifier: {source}")
    subscription.source_ids.remove(source)
    return ActionResult({"EventSubscription": subscription})
