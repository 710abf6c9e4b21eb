"""EC2: whether a flow log gets to its log group. moto looks whether the group is there, not whether the role may write.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html. None are written.
"""

from typing import Any

from moto.ec2.models.flow_logs import FlowLogs, FlowLogsBackend

from awslocal import patch
from awslocal.access import delivery
from awslocal.access.decide import Need

SERVICE = "vpc-flow-logs.amazonaws.com"
ACTIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


@patch.around(FlowLogsBackend, "describe_flow_logs")
def _describe(original: Any, self: FlowLogsBackend, *args: Any, **kwargs: Any) -> list[FlowLogs]:
    found = original(self, *args, **kwargs)
    for log in found:
        if log.log_destination_type == "cloud-watch-logs" and log.deliver_logs_permission_arn:
            failed = not _may_write(log)
            log.deliver_logs_status = "FAILED" if failed else "SUCCESS"
            log.deliver_logs_error_message = "Access error" if failed else None
    return found


def _may_write(log: FlowLogs) -> bool:
    account, region = log.ec2_backend.account_id, log.ec2_backend.region_name
    group = log.log_group_name or log.log_destination.split(":log-group:")[-1].removesuffix(":*")
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:eni-0-all"
    sent = delivery.sent_by(f"arn:aws:ec2:{region}:{account}:vpc-flow-log/{log.id}")
    return delivery.may_with_role(SERVICE, log.deliver_logs_permission_arn, sent, [Need(a, stream) for a in ACTIONS])
