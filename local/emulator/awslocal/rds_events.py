"""RDS's event subscriptions: what they are about can change, which moto does not know, and RDS must be able to publish.

Nothing is published here: no event happens by itself.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import SubscriptionNotFoundError
from moto.rds.models import EventSubscription, RDSBackend
from moto.rds.responses import RDSResponse
from moto.sns.models import sns_backends

from awslocal import patch
from awslocal.access import delivery
from awslocal.errors import Refused


SERVICE = "events.rds.amazonaws.com"


@patch.around(RDSBackend, "create_event_subscription")
def _create(original: Any, self: RDSBackend, kwargs: Any) -> EventSubscription:
    _check_topic(self, kwargs["sns_topic_arn"], kwargs["subscription_name"])
    return original(self, kwargs)


def _check_topic(backend: RDSBackend, topic: str, name: str) -> None:
    """RDS publishes a test message; a topic or a key that does not let it refuses the subscription."""
    if topic not in sns_backends[backend.account_id][backend.region_name].topics:
        raise Refused("SNSTopicArnNotFound", f"SNS topic {topic} does not exist.")
    sent = delivery.sent_by(f"arn:aws:rds:{backend.region_name}:{backend.account_id}:es:{name}")
    if not (delivery.may_publish(SERVICE, topic, sent) and delivery.may_use_key_of(SERVICE, topic, sent)):
        raise Refused("SNSNoAuthorization", f"RDS does not have permission to publish to the SNS topic {topic}.")


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
    if "SnsTopicArn" in self.params:
        _check_topic(self.backend, self.params["SnsTopicArn"], subscription.subscription_name)
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
