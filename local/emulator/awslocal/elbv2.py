"""Load balancers: the health of targets.

moto calls every registered target healthy, and does not show one that is draining. Where tasks are containers, their
health is what checks found; where nothing runs, it stays as it is in moto. A load balancer is `provisioning` for AWS's time.

Access logs can be turned on only where Elastic Load Balancing may write to the bucket. None are written.
"""

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeLoadBalancer

from moto.s3.models import s3_backends

from awslocal import compute, patch, states
from awslocal.access import delivery
from awslocal.errors import Refused

LOGS = "logdelivery.elasticloadbalancing.amazonaws.com"
# The account that it delivers from in an older region: of those, the one that the program is written for.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
LOG_ACCOUNTS = {"ap-southeast-2": "783225319266"}

states.show(FakeLoadBalancer, "state")


@patch.around(ELBv2Backend, "create_load_balancer")
def _create(original: Any, self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
    balancer = original(self, *args, **kwargs)
    states.begin(balancer, balancer.arn, ("provisioning", "load balancer provisioning"))
    return balancer


@patch.around(ELBv2Backend, "modify_load_balancer_attributes")
def _modify(original: Any, self: ELBv2Backend, arn: str, attrs: dict[str, Any]) -> dict[str, Any]:
    after = {**(self.load_balancers[arn].attrs if arn in self.load_balancers else {}), **attrs}
    bucket = after.get("access_logs.s3.bucket", "")
    if after.get("access_logs.s3.enabled") == "true" and not _may_log(self, arn, bucket, after.get("access_logs.s3.prefix", "")):
        message = f"Access Denied for bucket: {bucket}. Please check S3bucket permission"
        raise Refused("InvalidConfigurationRequest", message)
    return original(self, arn, attrs)


def _may_log(self: ELBv2Backend, arn: str, name: str, prefix: str) -> bool:
    """A test file is written as the service or as its account, to a bucket with S3's own keys: no other serves."""
    bucket = s3_backends[self.account_id]["aws"].buckets.get(name)
    if bucket is None:
        return False
    default = ((bucket.encryption or {}).get("Rule") or {}).get("ApplyServerSideEncryptionByDefault") or {}
    path = f"arn:aws:s3:::{name}/{prefix + '/' if prefix else ''}AWSLogs/{self.account_id}/ELBAccessLogTestFile"
    account = LOG_ACCOUNTS.get(self.region_name)
    return default.get("SSEAlgorithm", "AES256") == "AES256" and (
        delivery.may(LOGS, "s3:PutObject", path, delivery.sent_by(arn))
        or (account is not None and delivery.account_may(account, "s3:PutObject", path))
    )


@patch.around(ELBv2Backend, "describe_target_health")
def _health(
    original: Any, self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    shown = original(self, target_group_arn, targets)
    group = self.target_groups[target_group_arn]
    checked = compute.current().targets(group)
    if checked is None:
        return shown
    if targets:
        return [_checked(group, status, checked) for status in shown]
    return [_status(group, address, port, health) for (address, port), health in checked.items()]


def _checked(group: Any, status: FakeHealthStatus, checked: dict[tuple[str, int], dict[str, str]]) -> FakeHealthStatus:
    """A target that was asked for by name, and may not be in the group at all."""
    key = (str(status.instance_id), int(status.port))
    return _status(group, *key, checked[key]) if key in checked else status


def _status(group: Any, address: str, port: int, health: dict[str, str]) -> FakeHealthStatus:
    checked_at = str(port) if group.health_check_port == "traffic-port" else group.health_check_port
    return FakeHealthStatus(address, port, checked_at, health["State"], health.get("Reason"), health.get("Description"))
