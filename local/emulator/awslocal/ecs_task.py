"""A Fargate task and its containers, as DescribeTasks shows them.

moto's own task has its first container alone, which reports exit code 0 while it still runs, and no image digests
(B10). A task here has all its containers, the digest of each image and a network interface in its subnet. Beside those of
its definition, which are `own`, it shows the agent that GuardDuty adds (guardduty.py).
"""

import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Cluster, TaskDefinition

from awslocal import guardduty, settings

FARGATE_PLATFORM = "1.4.0"


class Container:
    """A container of a task. It has an exit code only once it has stopped, and health only if something checks it."""

    def __init__(self, task: "Task", definition: dict[str, Any], digest: str | None) -> None:
        self._task, self._definition = task, definition
        self.name, self.image, self.image_digest = definition["name"], definition["image"], digest
        self.container_arn = task.task_arn.replace(":task/", ":container/") + f"/{uuid.uuid4()}"
        self.task_arn = task.task_arn
        self.runtime_id = f"{task.id.replace('-', '')}-{uuid.uuid4().int % 10**10}"
        self.cpu = str(definition.get("cpu", 0))
        self.memory = str(definition["memory"]) if "memory" in definition else None
        self.network_interfaces = task.addresses
        self.exit_code: int | None = None
        self.reason: str | None = None  # why it did not start, or was killed
        self.status: str | None = None  # its own; the task's while it has none
        self.health: str | None = None  # as checked; taken for granted while it is None

    @property
    def essential(self) -> bool:
        return self._definition.get("essential", True)

    @property
    def checked(self) -> bool:
        """Whether the container has a health check of its own."""
        return "healthCheck" in self._definition

    @property
    def last_status(self) -> str:
        return self.status or self._task.last_status

    @property
    def health_status(self) -> str:
        running = self.checked and self.last_status == "RUNNING"
        return self.health or "HEALTHY" if running else "UNKNOWN"


class Task:
    """A Fargate task as DescribeTasks shows it."""

    launch_type, platform_family, platform_version = "FARGATE", "Linux", FARGATE_PLATFORM
    container_instance_arn = resource_requirements = stop_code = stopped_reason = None
    started_at = stopping_at = stopped_at = execution_stopped_at = None
    pull_started_at = pull_stopped_at = None
    desired_status, last_status, connectivity, version = "RUNNING", "PROVISIONING", "CONNECTED", 1

    def __init__(self, cluster: Cluster, definition: TaskDefinition, account: str, **given: Any) -> None:
        self.id = uuid.uuid4().hex
        self.cluster_arn, self.cluster_name = cluster.arn, cluster.name
        self.task_arn = f"arn:aws:ecs:{cluster.region_name}:{account}:task/{cluster.name}/{self.id}"
        self.task_definition_arn, self.family = definition.arn, definition.family
        self.cpu, self.memory, self.ephemeral_storage = definition.cpu, definition.memory, definition.ephemeral_storage
        self.group = given.get("group") or f"family:{definition.family}"
        self.started_by, self.tags = given.get("started_by") or "", given.get("tags") or []
        self.overrides = given.get("overrides") or {}
        self.enable_execute_command = bool(given.get("enable_execute_command"))
        self.created_at = self.connectivity_at = utcnow()
        self.attachments: list[dict[str, Any]] = []
        self.addresses: list[dict[str, str]] = []
        self._ec2 = ec2_backends[account][cluster.region_name]
        self._attach(definition, given.get("network"), given.get("place", 0))
        digests = {
            c["image"]: image_digest(account, cluster.region_name, c["image"]) for c in definition.container_definitions
        }
        self.own = [Container(self, c, digests[c["image"]]) for c in definition.container_definitions]
        self._agent = guardduty.Agent(self)

    @property
    def containers(self) -> list[Any]:
        """What DescribeTasks shows: the definition's containers, and what the account adds."""
        return self._agent.beside(self.own)

    @property
    def health_status(self) -> str:
        """UNHEALTHY as soon as one essential container is, HEALTHY once all are; one without a check leaves it open."""
        checks = {container.health_status for container in self.own if container.essential}
        if "UNHEALTHY" in checks:
            return "UNHEALTHY"
        return "HEALTHY" if checks == {"HEALTHY"} else "UNKNOWN"

    def address(self, address: str) -> None:
        """Give the task's network interface an address other than the one its subnet gave it."""
        for shown in (*self.addresses, *(d for a in self.attachments for d in a["details"])):
            if "privateIpv4Address" in shown:
                shown["privateIpv4Address"] = address
            elif shown.get("name") == "privateIPv4Address":
                shown["value"] = address

    def run(self) -> None:
        """The images are there and the containers have started."""
        self.last_status = "RUNNING"
        self.started_at = self.pull_started_at = self.pull_stopped_at = utcnow()

    def stop(self, code: str, reason: str, exit_code: int | None) -> None:
        """End: exit_code is that of the essential containers; None when none of them ever ran."""
        self.last_status = self.desired_status = "STOPPED"
        self.stop_code, self.stopped_reason = code, reason
        self.stopping_at = self.execution_stopped_at = utcnow()
        for container in self.own:
            container.exit_code = exit_code if container.essential or exit_code is None else 0
        self.release()

    def release(self) -> None:
        """The task has stopped: it gives its network interface back."""
        self.last_status, self.stopped_at = "STOPPED", utcnow()
        for attachment in self.attachments:
            attachment["status"] = "DELETED"
            self._ec2.enis.pop(attachment["details"][1]["value"], None)

    def _attach(self, definition: TaskDefinition, network: dict[str, Any] | None, place: int) -> None:
        """The network interface of a task in awsvpc mode; tasks take their subnets in turn, by place."""
        if definition.network_mode != "awsvpc":
            return
        if not network:
            raise InvalidParameterException(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            )
        chosen = network["awsvpcConfiguration"]
        subnet = self._ec2.get_subnet(chosen["subnets"][place % len(chosen["subnets"])])
        interface = self._ec2.create_network_interface(
            subnet, None, group_ids=chosen.get("securityGroups") or [], description=f"ECS task {self.id}"
        )
        interface.status = "in-use"
        self.availability_zone = subnet.availability_zone
        self.addresses = [{"attachmentId": self.id, "privateIpv4Address": interface.private_ip_address}]
        self.attachments = [
            {
                "id": self.id,
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [
                    {"name": "subnetId", "value": subnet.id},
                    {"name": "networkInterfaceId", "value": interface.id},
                    {"name": "macAddress", "value": interface.mac_address},
                    {"name": "privateIPv4Address", "value": interface.private_ip_address},
                ],
            }
        ]


def image_digest(account: str, region: str, image: str) -> str | None:
    """The digest an image reference names, or the one its tag has in ECR now; None where neither is known."""
    if "@" in image:
        return image.rpartition("@")[2]
    name, _, tag = image.removeprefix(f"{settings.current().registry}/").partition(":")
    repository = ecr_backends[account][region].repositories.get(name)
    images = repository.images if repository else []
    return next((i.image_digest for i in images if (tag or "latest") in i.image_tags), None)
