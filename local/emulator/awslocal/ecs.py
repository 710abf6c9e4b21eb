"""ECS services (B6, B7, B8; tasks, B9 and B10, are in ecs_tasks.py).

B6  A service never becomes steady: its running count is one number for the whole process, and it has no tasks.
B7  After UpdateService the deployment keeps the old task definition and id, so nothing can tell whether what runs
    is what was asked for.
B8  CreateService drops most of what it is given, so a second deployment finds differences, or replaces the service.

Beside these: a service that exists already is not silently replaced, and task definitions may leave memory to the task.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse

from awslocal import compute, ecs_deployments, ecs_tasks, patch  # noqa: F401 - importing ecs_tasks makes its additions
from awslocal.ecs_task import Task

# What CreateService gives and moto does not keep, the attribute it is kept in, and AWS's default.
KEPT: dict[str, tuple[str, Any]] = {
    "availabilityZoneRebalancing": ("availability_zone_rebalancing", "DISABLED"),
    "capacityProviderStrategy": ("capacity_provider_strategy", None),
    "enableECSManagedTags": ("enable_ecs_managed_tags", False),
    "enableExecuteCommand": ("enable_execute_command", False),
    "healthCheckGracePeriodSeconds": ("health_check_grace_period_seconds", None),
    "placementConstraints": ("placement_constraints", []),
    "placementStrategy": ("placement_strategy", []),
    "serviceConnectConfiguration": ("service_connect_configuration", None),
    "volumeConfigurations": ("volume_configurations", None),
}
DEFAULT_DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
# A change of any of these is a new deployment; a change of the others is not.
REDEPLOYED = (
    "task_definition",
    "network_configuration",
    "platform_version",
    "load_balancers",
    "service_registries",
    "capacity_provider_strategy",
    "service_connect_configuration",
)


@patch.around(EC2ContainerServiceResponse, "create_service")
def _create(original: Any, self: EC2ContainerServiceResponse) -> ActionResult:
    asked = self._get_params()
    cluster = self.ecs_backend._get_cluster(asked.get("cluster") or "default")
    existing = self.ecs_backend.services.get(f"{cluster.name}:{asked['serviceName']}")
    if existing and existing.status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    if existing and existing.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")
    answer = original(self)
    service = answer.result["service"]
    for parameter, (attribute, default) in KEPT.items():
        setattr(service, attribute, asked.get(parameter, default))
    service.deployment_configuration = {**DEFAULT_DEPLOYMENT, **(asked.get("deploymentConfiguration") or {})}
    service.created_at = service.deployments[0]["createdAt"] if service.deployments else None
    if service.capacity_provider_strategy:
        service.launch_type = None
    elif service.launch_type == "FARGATE":
        service.platform_version, service.platform_family = service.platform_version or "LATEST", "Linux"
    if service.deployments:
        service.deployments = []
        ecs_deployments.deploy(service)
    compute.current().settle(service)
    return answer


@patch.around(Service, "_validate_network")
def _network(original: Any, self: Service, network: dict[str, Any]) -> dict[str, Any]:
    """Without security groups a service gets the VPC's default one; moto breaks on it."""
    chosen = {"securityGroups": [], **network["awsvpcConfiguration"]}
    return original(self, {**network, "awsvpcConfiguration": chosen})


@patch.replace(EC2ContainerServiceBackend)
def update_service(self: EC2ContainerServiceBackend, service_properties: dict[str, Any]) -> Service:
    """Change a service, and begin a deployment where the change asks for one."""
    asked = dict(service_properties)
    service = self._get_service(asked.pop("cluster", None) or "default", asked.pop("service").split("/")[-1])
    forced = asked.pop("force_new_deployment", False)
    if service.status != "ACTIVE":
        raise InvalidParameterException("Service was not ACTIVE.")
    if asked.get("task_definition"):
        asked["task_definition"] = self.describe_task_definition(asked["task_definition"]).arn
    if asked.get("deployment_configuration"):
        asked["deployment_configuration"] = {**service.deployment_configuration, **asked["deployment_configuration"]}
    before = {name: getattr(service, name) for name in REDEPLOYED}
    for name, value in asked.items():
        if value is not None:
            setattr(service, name, value)
    if service.deployments and (forced or before != {name: getattr(service, name) for name in REDEPLOYED}):
        ecs_deployments.deploy(service)
    compute.current().settle(service)
    return service


@patch.around(EC2ContainerServiceBackend, "describe_services")
def _describe(
    original: Any, self: EC2ContainerServiceBackend, *args: Any
) -> tuple[list[Service], list[dict[str, str]]]:
    found, failures = original(self, *args)
    for service in found:
        compute.current().settle(service)
    return found, failures


@patch.around(EC2ContainerServiceBackend, "list_tasks")
def _list_tasks(original: Any, self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> list[Task]:
    for service in list(self.services.values()):
        compute.current().settle(service)
    return original(self, *args, **kwargs)


@patch.around(EC2ContainerServiceBackend, "delete_service")
def _delete(original: Any, self: EC2ContainerServiceBackend, *args: Any) -> Service:
    service = original(self, *args)
    compute.current().retire(service)
    return service


@patch.around(EC2ContainerServiceBackend, "list_services")
def _list_services(original: Any, self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> list[str]:
    """moto goes on listing what was deleted."""
    gone = {service.arn for service in self.services.values() if service.status != "ACTIVE"}
    return [arn for arn in original(self, *args, **kwargs) if arn not in gone]
