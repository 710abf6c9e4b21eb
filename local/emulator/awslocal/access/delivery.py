"""What an AWS service may do on its own, by the policy of the resource alone: such as an alarm that publishes to a topic."""

from collections.abc import Mapping
from typing import Any

from awslocal import iam_policy
from awslocal.access import documents
from awslocal.access.documents import Principal
from awslocal.iam_policy import ALLOWED, Policy


def may(service: str, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Whether a resource's policy lets a service, such as "cloudwatch.amazonaws.com", do this to it.

    context holds what the service sends along: aws:SourceArn and aws:SourceAccount, where it sends them. A key that it does
    not send is absent, as in AWS: a condition on it refuses the service.
    """
    told = documents.spoken(documents.of(resource), Principal(service=service))
    policy = Policy("", "Resource Policy", told.direct)
    known = {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": service, "aws:SecureTransport": "true"}
    return iam_policy.decide([policy], action, resource, {**known, **context}).outcome == ALLOWED
