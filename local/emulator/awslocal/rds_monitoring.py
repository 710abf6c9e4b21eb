"""RDS: the role of enhanced monitoring, which has to trust it and be able to write. moto takes any text for one.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html. What it would write is not there.
A restored instance begins without: no request that restores has a parameter for it, and the Terraform provider asks for it
by ModifyDBInstance afterwards. moto gives a copy what its source has.
"""

from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from awslocal import patch
from awslocal.access import delivery
from awslocal.access.decide import Need
from awslocal.errors import Refused

SERVICE = "monitoring.rds.amazonaws.com"
NOT_MONITORED = "0"  # as text: moto takes the number 0 for nothing said


@patch.around(RDSBackend, "create_db_instance")
def _create(original: Any, self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    _check(self, db_kwargs["db_instance_identifier"], db_kwargs)
    return original(self, db_kwargs)


@patch.around(RDSBackend, "modify_db_instance")
def _modify(original: Any, self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
    _check(self, db_instance_identifier, db_kwargs)
    return original(self, db_instance_identifier, db_kwargs)


@patch.around(RDSBackend, "restore_db_instance_from_db_snapshot")
@patch.around(RDSBackend, "restore_db_instance_to_point_in_time")
def _restore(original: Any, self: RDSBackend, *args: Any) -> DBInstance:
    *source, overrides = args
    return original(self, *source, {**overrides, "monitoring_interval": NOT_MONITORED})


def _check(backend: RDSBackend, identifier: str, asked: dict[str, Any]) -> None:
    role = asked.get("monitoring_role_arn")
    if not role or not int(asked.get("monitoring_interval") or 0):
        return
    here = f"{backend.region_name}:{backend.account_id}"
    stream = f"arn:aws:logs:{here}:log-group:RDSOSMetrics:log-stream:{identifier}"
    needs = [Need("logs:CreateLogStream", stream), Need("logs:PutLogEvents", stream)]
    if not delivery.may_with_role(SERVICE, role, delivery.sent_by(f"arn:aws:rds:{here}:db:{identifier}"), needs):
        raise Refused(
            "InvalidParameterValue",
            "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
        )
