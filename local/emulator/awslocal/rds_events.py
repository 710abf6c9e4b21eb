"""RDS's event subscriptions: what they are about can change, which moto does not know."""

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


CHANGED = {
    "SnsTopicArn": "sns_topic_arn",
    "SourceType": "source_type",
    "EventCategories": "event_categories",
    "Enabled": "enabled",
}


@patch.add(RDSResponse)
def modify_event_subscription(self: RDSResponse) -> ActionResult:
    """What is left out stays as it is."""
    subscription = _subscription(self)
    for parameter, attribute in CHANGED.items():
        if parameter in self.params:
            setattr(subscription, attribute, self.params[parameter])
    return ActionResult({"EventSubscription": subscription})


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
