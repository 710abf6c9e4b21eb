"""How long AWS takes: the one table of durations, for each of three paces.

fast    seconds, for trying a change of the program
middle  as AWS, but for what takes AWS many minutes (databases, caches): that is as fast as above
aws     as AWS

A duration that AWS chooses is drawn between two bounds, by the seed and by what it is for, so that it differs from run to
run and is the same for every look at one thing. A duration that the stack configures (an interval, a delay) holds as it is
configured, but at the fast pace no longer than the table has it.
"""

import random
from dataclasses import dataclass

from awslocal import settings

FAST, MIDDLE, AWS = PACES = "fast", "middle", "aws"


@dataclass(frozen=True)
class Drawn:
    """AWS chooses it: seconds at the fast pace, and from and to seconds in AWS."""

    fast: float
    least: float
    most: float
    source: str
    minutes: bool = False  # so long that the middle pace does without


@dataclass(frozen=True)
class Configured:
    """The stack configures it: the most that it may be at the fast pace."""

    fast: float
    source: str


_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
_ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
_ENI = "https://github.com/opensearch-project/opensearch-migrations/pull/2116: 11 to 44 s from createdAt to pullStartedAt"
_RDS = "https://github.com/hashicorp/terraform/issues/498: Multi-AZ available after 15 to 20 min, of which the backup 2"
_REDIS = "https://github.com/hashicorp/terraform/pull/8275: 395 s for the basic test; the create timeout is 60 min since PR 4093"

TABLE: dict[str, Drawn | Configured] = {
    # A task on its way: PROVISIONING is its network interface, PENDING its image.
    "task provisioning": Drawn(0, 8, 40, _ENI),
    "task pulling": Drawn(0, 5, 30, _ECS + "task-lifecycle-explanation.html; the bounds are ours, for images of 200 MB"),
    "task deprovisioning": Drawn(0, 5, 20, _ECS + "task-lifecycle-explanation.html; the bounds are ours"),
    "task stop timeout": Configured(10, _ECS + "task_definition_parameters.html#container_definition_timeout"),
    # A container's own check, and a target's.
    "container check interval": Configured(2, _ECS + "healthcheck.html"),
    "container check start period": Configured(10, _ECS + "healthcheck.html"),
    "target check interval": Configured(1, _ELB + "target-group-health-checks.html"),
    "target deregistration delay": Configured(2, _ELB + "edit-target-group-attributes.html#deregistration-delay"),
    # A deployment.
    "service grace period": Configured(10, _ECS + "service-load-balancing.html"),
    "service settle time": Drawn(3, 3, 3, "a task that nothing checks is steady once it has run for a moment; ours"),
    "deployment retry delay": Configured(30, _ECS + "service-throttle-logic.html"),
    "deployment bake time": Configured(2, _ECS + "deployment-alarm-failure.html; its length from the alarms: bake_seconds"),
    # Databases and caches.
    "database creating": Drawn(0, 600, 900, _RDS, minutes=True),
    "database first backup": Drawn(0, 90, 300, _RDS, minutes=True),
    "database restoring": Drawn(0, 600, 1500, _RDS, minutes=True),
    "database modifying": Drawn(0, 60, 360, _RDS, minutes=True),
    "database log upload": Drawn(0, 300, 300, "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html: every five minutes", minutes=True),
    "database deleting": Drawn(0, 120, 480, _RDS + "; the bounds are ours", minutes=True),
    # At the fast pace longer than a caller that does not wait gives it, and no burden for one that does.
    "database snapshot": Drawn(2, 60, 300, _RDS, minutes=True),
    "cache creating": Drawn(0, 360, 780, _REDIS, minutes=True),
    "cache modifying": Drawn(0, 120, 600, _REDIS, minutes=True),
    "cache deleting": Drawn(0, 180, 600, _REDIS + "; the bounds are ours", minutes=True),
    # What traffic comes in and goes out by.
    "load balancer provisioning": Drawn(0, 90, 180, "the provider waits for `active` up to 10 min; the bounds are ours"),
    "load balancer interfaces": Drawn(0, 60, 240, "https://github.com/hashicorp/terraform/issues/3758: they outlive it for some minutes; the bounds are ours"),
    "NAT gateway pending": Drawn(0, 60, 140, "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html; the bounds are ours"),
    "NAT gateway deleting": Drawn(0, 30, 70, "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html; the bounds are ours"),
    "certificate validation": Drawn(0, 60, 300, "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html; the bounds are ours"),
    "mail domain verification": Drawn(0, 60, 600, "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html: up to 72 hours; the bounds are ours"),
    "zone change": Drawn(0, 15, 60, "https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html: within 60 s"),
    # Autoscaling moves a service into its range.
    "scaling reaction": Drawn(0, 20, 90, "https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html; the bounds are ours"),
    # What CloudWatch is told, and when.
    "metric delay": Drawn(0, 60, 120, _ELB + "load-balancer-cloudwatch-metrics.html: in 60-second intervals; the bounds are ours"),
    "metric period": Drawn(10, 60, 60, _ECS + "cloudwatch-metrics.html: one-minute periods"),
}


def seconds(name: str, *what: object) -> float:
    """How long a thing takes that AWS chooses the time of; what names the one thing, for instance by its ARN."""
    row = TABLE[name]
    assert isinstance(row, Drawn), f"{name} is configured by the stack: ask within()"
    chosen = settings.current()
    if chosen.pace == FAST or (chosen.pace == MIDDLE and row.minutes):
        return row.fast
    return random.Random(repr((chosen.seed, name, *what))).uniform(row.least, row.most)


def within(name: str, configured: float) -> float:
    """How long a thing takes that the stack has configured: as configured, at the fast pace at most the table's."""
    row = TABLE[name]
    assert isinstance(row, Configured), f"{name} is AWS's to choose: ask seconds()"
    return min(configured, row.fast) if settings.current().pace == FAST else configured
