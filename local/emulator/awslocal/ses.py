"""SES v1: what a configuration set is told about delivery, and where an identity's bounces go (B13).

B13 PutConfigurationSetDeliveryOptions (TLS Require) is missing, what was set about reputation is not shown, and a set
    keeps one event destination, which cannot be deleted. What sesv2.py has of SES v2 is for reading.

An identity's notification topics are used but not shown, so they differ on every plan, and whether a notification has
the original headers cannot be set.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ses.models import ConfigurationSet, SESBackend
from moto.ses.responses import EmailResponse

from awslocal import patch
from awslocal import ses_account as _account  # noqa: F401  another part of the same service
from awslocal import ses_identity as _identity  # noqa: F401  and another
from awslocal.errors import Refused

NOTIFICATIONS = ("Bounce", "Complaint", "Delivery")


def _set(self: EmailResponse) -> ConfigurationSet:
    return self.backend.describe_configuration_set(self._get_param("ConfigurationSetName"))


def _destinations(configuration: ConfigurationSet) -> dict[str, dict[str, Any]]:
    return configuration.__dict__.setdefault("event_destinations", {})


@patch.replace(EmailResponse)
def describe_configuration_set(self: EmailResponse) -> ActionResult:
    """A configuration set, with those of its attributes that are asked for."""
    configuration, asked = _set(self), self._get_param("ConfigurationSetAttributeNames", [])
    shown = {
        "eventDestinations": ("EventDestinations", list(_destinations(configuration).values())),
        "trackingOptions": ("TrackingOptions", configuration.tracking_options or None),
        "deliveryOptions": ("DeliveryOptions", configuration.delivery_options or None),
        "reputationOptions": (
            "ReputationOptions",
            {
                "SendingEnabled": True,
                "ReputationMetricsEnabled": False,
                **configuration.reputation_options,
            },
        ),
    }
    return ActionResult(
        {
            "ConfigurationSet": {"Name": configuration.configuration_set_name},
            **{key: value for name, (key, value) in shown.items() if name in asked},
        }
    )


@patch.add(EmailResponse)
def put_configuration_set_delivery_options(self: EmailResponse) -> EmptyResult:
    """Whether mail may leave without TLS."""
    _set(self).delivery_options = self._get_param("DeliveryOptions") or {}
    return EmptyResult()


@patch.add(EmailResponse)
def update_configuration_set_sending_enabled(self: EmailResponse) -> EmptyResult:
    """Whether mail may leave at all through this set."""
    _set(self).reputation_options["SendingEnabled"] = self._get_bool_param("Enabled", True)
    return EmptyResult()


@patch.replace(SESBackend)
def create_configuration_set_event_destination(
    self: SESBackend, configuration_set_name: str, event_destination: dict[str, Any]
) -> None:
    """Add a destination; names are unique within a set, not within the account as moto has it."""
    destinations = _destinations(self.describe_configuration_set(configuration_set_name))
    if event_destination["Name"] in destinations:
        raise Refused(
            "EventDestinationAlreadyExists", f"Event destination <{event_destination['Name']}> already exists."
        )
    destinations[event_destination["Name"]] = event_destination


@patch.add(EmailResponse)
def update_configuration_set_event_destination(self: EmailResponse) -> EmptyResult:
    """Replace a destination of that name."""
    destination = self._get_param("EventDestination")
    destinations = _destinations(_set(self))
    if destination["Name"] not in destinations:
        raise Refused("EventDestinationDoesNotExist", f"Event destination <{destination['Name']}> does not exist.")
    destinations[destination["Name"]] = destination
    return EmptyResult()


@patch.add(EmailResponse)
def delete_configuration_set_event_destination(self: EmailResponse) -> EmptyResult:
    """Remove a destination."""
    name = self._get_param("EventDestinationName")
    if _destinations(_set(self)).pop(name, None) is None:
        raise Refused("EventDestinationDoesNotExist", f"Event destination <{name}> does not exist.")
    return EmptyResult()


@patch.around(SESBackend, "delete_configuration_set")
def _delete(original: Any, self: SESBackend, configuration_set_name: str) -> None:
    """moto breaks on a set that is not there; AWS says so."""
    self.describe_configuration_set(configuration_set_name)
    original(self, configuration_set_name)


@patch.replace(SESBackend)
def get_identity_notification_attributes(self: SESBackend, identities: list[str]) -> dict[str, dict[str, Any]]:
    """Topics, headers and forwarding of each identity."""
    shown = {}
    for identity in identities:
        kept = self.sns_topics.get(identity, {})
        shown[identity] = {"ForwardingEnabled": kept.get("feedback_forwarding_enabled", True)}
        for kind in NOTIFICATIONS:
            shown[identity][f"{kind}Topic"] = kept.get(kind)
            shown[identity][f"HeadersIn{kind}NotificationsEnabled"] = kept.get(f"{kind}Headers", False)
    return shown


@patch.replace(SESBackend)
def set_identity_notification_topic(
    self: SESBackend, identity: str, notification_type: str, sns_topic: str | None
) -> None:
    """Set or remove a topic; moto breaks on the removal of one that was never set."""
    kept = self.sns_topics.setdefault(identity, {})
    kept.pop(notification_type, None)
    if sns_topic:
        kept[notification_type] = sns_topic


@patch.add(EmailResponse)
def set_identity_headers_in_notifications_enabled(self: EmailResponse) -> EmptyResult:
    """Whether a notification carries the original mail's headers."""
    kept = self.backend.sns_topics.setdefault(self._get_param("Identity"), {})
    kept[f"{self._get_param('NotificationType')}Headers"] = self._get_bool_param("Enabled", False)
    return EmptyResult()
