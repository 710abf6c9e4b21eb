"""S3: what a bucket's policy allows and denies (B11).

B11 moto does not look at conditions, so the policy every bucket must have, "deny what does not come by TLS", denies
    every object call.

The emulator stands for an endpoint with TLS, so a request counts as one that came by TLS 1.3, whatever this loopback
connection is. A Deny holds only where all its conditions are known here and met; one this cannot evaluate denies
nothing, because the alternative is to deny everything.

Beside this: moto breaks on a log bucket whose policy has `"Principal": "*"`, knows one way to allow S3 to log, and does
not show that a bucket's events go to EventBridge.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.exceptions import InvalidTargetBucketForLogging
from moto.s3.models import LOGGING_SERVICE_PRINCIPAL, FakeBucket
from moto.s3.responses import S3Response

from awslocal import patch
from awslocal.access import delivery

REQUEST = {"aws:securetransport": "true", "s3:tlsversion": "1.3"}
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda actual, wanted: actual == wanted.lower(),
    "NumericEquals": lambda actual, wanted: float(actual) == float(wanted),
    "NumericGreaterThanEquals": lambda actual, wanted: float(actual) >= float(wanted),
    "NumericLessThan": lambda actual, wanted: float(actual) < float(wanted),
    "NumericLessThanEquals": lambda actual, wanted: float(actual) <= float(wanted),
}


@patch.around(IAMPolicyStatement, "is_action_permitted")
def _permitted(original: Any, self: IAMPolicyStatement, *args: Any, **kwargs: Any) -> PermissionResult:
    if self._statement.get("Effect") == "Deny" and not _all_met(self._statement.get("Condition") or {}):
        return PermissionResult.NEUTRAL
    return original(self, *args, **kwargs)


def _all_met(conditions: dict[str, dict[str, Any]]) -> bool:
    return all(_met(operator, key, wanted) for operator, keys in conditions.items() for key, wanted in keys.items())


def _met(operator: str, key: str, wanted: Any) -> bool:
    compare = OPERATORS.get(operator.removesuffix("IfExists"))
    actual = REQUEST.get(key.lower())
    if compare is None or actual is None:
        return False
    return any(compare(actual, str(value)) for value in _listed(wanted))


@patch.replace(FakeBucket)
def _log_permissions_enabled_policy(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Left to _set_logging, which knows the bucket that the logs are of."""
    return True


@patch.around(FakeBucket, "set_logging")
def _set_logging(original: Any, self: FakeBucket, config: dict[str, Any] | None, backend: Any) -> None:
    """Whether the log bucket's policy lets S3 write the logs of this bucket; moto reads one exact way of writing it."""
    if config and config["TargetBucket"] in backend.buckets:
        target = f"arn:aws:s3:::{config['TargetBucket']}/{config.get('TargetPrefix') or ''}example"
        if not delivery.may(LOGGING_SERVICE_PRINCIPAL, "s3:PutObject", target, delivery.sent_by(f"arn:aws:s3:::{self.name}")):
            raise InvalidTargetBucketForLogging("You must provide the necessary permissions to the logging service using a bucket policy")
    original(self, config, backend)


def _listed(value: Any) -> list[str]:
    """A policy document writes a list of one as the one."""
    return value if isinstance(value, list) else [value] if value else []


@patch.around(S3Response, "get_bucket_notification")
def _notification(original: Any, self: S3Response) -> Any:
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration and configuration.event_bridge is not None:
        plain = self.serialized
        self.serialized = lambda answer: plain(ActionResult({**answer.result, "EventBridgeConfiguration": {}}))
    return original(self)
