"""Resource Groups Tagging API: the resources that moto leaves out of a search by tags, and one that it misnames.

AWS finds all of these (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html);
what has no region, such as a hosted zone, is found in us-east-1.
"""

from collections.abc import Iterator
from typing import Any

from moto.ecr.models import ecr_backends
from moto.events.models import events_backends
from moto.rds.models import rds_backends
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.route53.models import route53_backends
from moto.wafv2.models import wafv2_backends

from awslocal import patch

# The beginning of an id → how the ARN continues.
EC2 = {
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "sgr": "security-group-rule",
    "vpce": "vpc-endpoint",
}


@patch.around(ResourceGroupsTaggingAPIBackend, "_get_resources_generator")
def _resources(
    original: Any,
    self: ResourceGroupsTaggingAPIBackend,
    tag_filters: list[dict[str, Any]] | None = None,
    resource_type_filters: list[str] | None = None,
) -> Iterator[dict[str, Any]]:
    _without_tags(self)
    for found in original(self, tag_filters=tag_filters, resource_type_filters=resource_type_filters):
        if ":flow-logs/" not in found["ResourceARN"]:
            yield found
    for arn, tags in _left_out(self):
        if _has(tags, tag_filters or []) and _is(arn, resource_type_filters or []):
            yield {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _without_tags(self: ResourceGroupsTaggingAPIBackend) -> None:
    """moto's search iterates the tags of everything in ECS, and what was made without any has None there."""
    ecs = self.ecs_backend
    tasks = [task for of_cluster in ecs.tasks.values() for task in of_cluster.values()]
    definitions = [one for family in ecs.task_definitions.values() for one in family.values()]
    for made in [*ecs.clusters.values(), *ecs.services.values(), *tasks, *definitions]:
        if made.tags is None:
            made.tags = []


def _left_out(self: ResourceGroupsTaggingAPIBackend) -> Iterator[tuple[str, dict[str, str]]]:
    for identifier, tags in list(self.ec2_backend.tags.items()):
        if kind := EC2.get(identifier.partition("-")[0]):
            yield f"arn:{self.partition}:ec2:{self.region_name}:{self.account_id}:{kind}/{identifier}", dict(tags)
    for arn in list(self.elbv2_backend.tagging_service.tags):
        if ":listener" in arn:
            yield arn, self.elbv2_backend.tagging_service.get_tag_dict_for_resource(arn)
    firewalls = wafv2_backends[self.account_id][self.region_name]
    for arn in list(firewalls.wacls):
        yield arn, firewalls.tagging_service.get_tag_dict_for_resource(arn)
    for group in list(rds_backends[self.account_id][self.region_name].db_parameter_groups.values()):
        yield group.arn, {tag["Key"]: tag["Value"] for tag in group.tags}
    repositories = ecr_backends[self.account_id][self.region_name]
    for repository in list(repositories.repositories.values()):
        yield repository.arn, repositories.tagger.get_tag_dict_for_resource(repository.arn)
    buses = events_backends[self.account_id][self.region_name]
    for rule in [rule for bus in buses.event_buses.values() for rule in bus.rules.values()]:
        yield rule.arn, buses.tagger.get_tag_dict_for_resource(rule.arn)
    if self.region_name == "us-east-1":
        zones = route53_backends[self.account_id][self.partition]
        for identifier in list(zones.zones):
            yield f"arn:{self.partition}:route53:::hostedzone/{identifier}", dict(zones.list_tags_for_resource(identifier))


def _has(tags: dict[str, str], wanted: list[dict[str, Any]]) -> bool:
    return all(
        one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"]) for one in wanted
    )


def _is(arn: str, kinds: list[str]) -> bool:
    """AWS takes a service, or a service and a type."""
    _, _, service, _, _, resource = arn.split(":", 5)
    return not kinds or any(kind in (service, f"{service}:{resource.partition('/')[0]}") for kind in kinds)
