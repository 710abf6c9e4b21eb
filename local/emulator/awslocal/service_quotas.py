"""Service Quotas: the account's quota of Fargate, which moto does not have, as preflight asks for it.

A fresh account has 6 vCPUs (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate);
the account here has what the scenario gives it.
"""

import json
from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from awslocal import patch, settings

SERVICE, ON_DEMAND = "fargate", "L-3032A538"
DEFAULT_VCPUS = 6.0


def _on_demand(backend: ServiceQuotasBackend, value: float, account: str) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE,
        "ServiceName": "AWS Fargate",
        "QuotaArn": f"arn:aws:servicequotas:{backend.region_name}:{account}:{SERVICE}/{ON_DEMAND}",
        "QuotaCode": ON_DEMAND,
        "QuotaName": "Fargate On-Demand vCPU resource count",
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _default(backend: ServiceQuotasBackend) -> dict[str, Any]:
    return _on_demand(backend, DEFAULT_VCPUS, "")


def _applied(backend: ServiceQuotasBackend) -> dict[str, Any]:
    return _on_demand(backend, settings.current().scenario.fargate_vcpus(), backend.account_id)


@patch.around(ServiceQuotasBackend, "get_service_quota")
def _get(original: Any, self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
    return _applied(self) if (service_code, quota_code) == (SERVICE, ON_DEMAND) else original(self, service_code, quota_code)


@patch.around(ServiceQuotasBackend, "list_aws_default_service_quotas")
def _defaults(original: Any, self: ServiceQuotasBackend, service_code: str) -> list[dict[str, Any]]:
    return [_default(self)] if service_code == SERVICE else original(self, service_code)


@patch.add(ServiceQuotasResponse)
def get_aws_default_service_quota(self: ServiceQuotasResponse) -> str:
    """What AWS gives every account."""
    asked = json.loads(self.body)
    if (asked["ServiceCode"], asked["QuotaCode"]) == (SERVICE, ON_DEMAND):
        return json.dumps({"Quota": _default(self.backend)})
    return json.dumps({"Quota": self.backend.get_service_quota(asked["ServiceCode"], asked["QuotaCode"])})


@patch.add(ServiceQuotasResponse)
def list_service_quotas(self: ServiceQuotasResponse) -> str:
    """What the account has of a service."""
    service = json.loads(self.body)["ServiceCode"]
    own = [_applied(self.backend)] if service == SERVICE else self.backend.list_aws_default_service_quotas(service)
    return json.dumps({"Quotas": own})
