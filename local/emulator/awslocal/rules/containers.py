"""ECS: what Fargate does not run, and what services and clusters hold on to."""

from typing import Any

from awslocal.rules import Asked

# CPU units → the memory that goes with them, in MiB: least, most, step. 256 has no step, see MEMORY_OF_256.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
MEMORY_OF_256 = (512, 1024, 2048)
MEMORY = {
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}


def no_such_size(asked: Asked) -> str:
    """A Fargate task of a size that there is not."""
    if not _fargate(asked):
        return ""
    cpu, memory = _units(asked["cpu"]), _units(asked["memory"])
    if not cpu or not memory:
        return f"Fargate requires that '{'memory' if cpu else 'cpu'}' be defined at the task level."
    if cpu != 256 and cpu not in MEMORY:
        return "Invalid 'cpu' setting for task."
    least, most, step = MEMORY.get(cpu, (0, 0, 1))
    fits = memory in MEMORY_OF_256 if cpu == 256 else least <= memory <= most and memory % step == 0
    return "" if fits else "No Fargate configuration exists for given values."


def other_network(asked: Asked) -> str:
    """A Fargate task without a network interface of its own."""
    return "Fargate only supports network mode ‘awsvpc’." if _fargate(asked) and asked["networkMode"] != "awsvpc" else ""


def no_execution_role(asked: Asked) -> str:
    """A Fargate task that logs to CloudWatch or has secrets, without the role that does both for it."""
    if not _fargate(asked) or asked["executionRoleArn"]:
        return ""
    for container in asked["containerDefinitions"]:
        if container.get("logConfiguration", {}).get("logDriver") == "awslogs":
            return "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        if container.get("secrets"):
            return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    return ""


def group_without_balancer(asked: Asked) -> str:
    """A service behind a target group that no listener sends anything to."""
    elb = asked.kept("elbv2")
    listeners = [listener for balancer in elb.load_balancers.values() for listener in balancer.listeners.values()]
    sent = " ".join(str(action.data) for each in listeners for rule in each.rules.values() for action in rule.actions)
    for target in asked["loadBalancers"] or []:
        arn = target.get("targetGroupArn")
        if arn in elb.target_groups and arn not in sent:
            return f"The target group with targetGroupArn {arn} does not have an associated load balancer."
    return ""


def no_such_container(asked: Asked) -> str:
    """A service that sends requests to a container, or a port, that its task definition does not have."""
    name, _, revision = str(asked["taskDefinition"] or "").rpartition("/")[2].partition(":")
    revisions = asked.kept("ecs").task_definitions.get(name)
    if not revisions:
        return ""
    definition = revisions.get(int(revision) if revision else max(revisions))
    containers = {c["name"]: _ports(c) for c in definition.container_definitions} if definition else {}
    for target in asked["loadBalancers"] or []:
        container, port = target.get("containerName"), target.get("containerPort")
        if containers and container not in containers:
            return f"The container {container} does not exist in the task definition."
        if containers and port not in containers[container]:
            return f"The container {container} did not have a container port {port} defined."
    return ""


def cluster_has_services(asked: Asked) -> str:
    """A cluster with services that were not deleted."""
    cluster = str(asked["cluster"]).rpartition("/")[2]
    services = asked.kept("ecs").services.values()
    held = any(s.status == "ACTIVE" and s.cluster_name == cluster for s in services)
    return "The Cluster cannot be deleted while Services are active." if held else ""


def _fargate(asked: Asked) -> bool:
    return "FARGATE" in (asked["requiresCompatibilities"] or [])


def _ports(container: dict[str, Any]) -> set[int]:
    return {mapping.get("containerPort") for mapping in container.get("portMappings", [])}


def _units(value: str | None) -> int:
    """CPU units or MiB, which may also be written as vCPU and GB; 0 where there are none."""
    text = str(value or "").lower().replace(" ", "")
    for unit in ("vcpu", "gb"):
        if text.endswith(unit):
            return int(float(text.removesuffix(unit)) * 1024)
    return int(text) if text.isdigit() else 0
