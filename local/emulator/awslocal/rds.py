"""RDS: what moto's instances and parameter groups forget (B3, B14, B15).

B3   DbiResourceId is the same for every instance; the provider finds an instance by it, so two databases in one
     account are taken for one another. Each gets its own.
B14  DescribeDBParameters leaves out Source, and the provider drops every parameter that is not the user's.
B15  Performance Insights, enhanced monitoring and the mode of Database Insights are dropped on create and on modify.

Beside these: a major version alone ("16") gives a family without a number ("postgres"); AWS names the default
groups after the major version.
"""

import secrets
import string
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from awslocal import patch

RESOURCE_ID_ALPHABET = string.ascii_uppercase + string.digits
INSIGHTS_DEFAULT_DAYS = 7


@patch.around(DBInstance, "__init__")
def _create(original: Any, db: DBInstance, backend: RDSBackend, *args: Any, **kwargs: Any) -> None:
    original(db, backend, *args, **kwargs)
    db.dbi_resource_id = "db-" + "".join(secrets.choice(RESOURCE_ID_ALPHABET) for _ in range(26))
    db.monitoring_interval = 0
    db.performance_insights_enabled = False
    _observe(db, kwargs)


@patch.around(DBInstance, "update")
def _modify(original: Any, db: DBInstance, **kwargs: Any) -> None:
    original(db, **kwargs)
    _observe(db, kwargs)


def _observe(db: DBInstance, asked: dict[str, Any]) -> None:
    """Keep what the request says about monitoring and Performance Insights; a restored copy inherits the names."""
    enabled = asked.get("enable_performance_insights", asked.get("performance_insights_enabled"))
    if enabled is not None:
        db.performance_insights_enabled = enabled
    if db.performance_insights_enabled:
        for name, default in (("retention_period", INSIGHTS_DEFAULT_DAYS), ("kms_key_id", db.kms_key_id)):
            attribute = f"performance_insights_{name}"
            setattr(db, attribute, asked.get(attribute) or getattr(db, attribute, None) or default)
    else:
        db.performance_insights_retention_period = db.performance_insights_kms_key_id = None
    db.database_insights_mode = asked.get("database_insights_mode") or getattr(db, "database_insights_mode", "standard")
    if asked.get("monitoring_interval") is not None:
        db.monitoring_interval = int(asked["monitoring_interval"])
    db.monitoring_role_arn = asked.get("monitoring_role_arn") or getattr(db, "monitoring_role_arn", None)
    if not db.monitoring_interval:
        db.monitoring_role_arn = None
    db.enhanced_monitoring_resource_arn = _monitoring_stream(db) if db.monitoring_interval else None


def _monitoring_stream(db: DBInstance) -> str:
    return f"arn:aws:logs:{db.region}:{db.account_id}:log-group:RDSOSMetrics:log-stream:{db.dbi_resource_id}"


@patch.replace(RDSResponse)
def describe_db_parameters(self: RDSResponse) -> ActionResult:
    """The parameters the user has set; moto knows no engine defaults to list beside them."""
    name = self.params.get("DBParameterGroupName")
    groups = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
    if not groups:
        raise DBParameterGroupNotFoundError(name)
    parameters = [] if self.params.get("Source", "user") != "user" else groups[0].parameters.values()
    return ActionResult({"Parameters": [_set_by_user(dict(parameter)) for parameter in parameters]})


def _set_by_user(parameter: dict[str, Any]) -> dict[str, Any]:
    static = parameter.get("ApplyMethod", parameter.get("apply_method")) == "pending-reboot"
    return {**parameter, "Source": "user", "ApplyType": "static" if static else "dynamic", "IsModifiable": True}


@patch.replace(DBInstance)
def default_db_parameter_group_details(self: DBInstance) -> tuple[str, str]:
    """Family and name of the default parameter group: postgres16, default.postgres16."""
    numbers = str(self.engine_version).split(".")
    major = numbers[0] if self.engine == "postgres" else ".".join(numbers[:-1])
    family = f"{self.engine.lower()}{major}"
    return family, f"default.{family}"
