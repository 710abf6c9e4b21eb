"""From a task and its definition to a plan of containers: what Fargate's agent does before anything runs.

It takes the execution role, and with that role's permissions reads the secrets, asks ECR for the images and makes the
log streams. What it may not or cannot do is Failed, in the words of Fargate's agent. Called with moto's lock held.

Of a container definition these have no meaning here: dependsOn, extraHosts, dnsServers, ulimits, systemControls,
resourceRequirements, environmentFiles, firelensConfiguration and log drivers other than awslogs.
"""

from dataclasses import dataclass
from typing import Any

from moto.ecr.models import ecr_backends
from moto.ecs.models import TaskDefinition
from moto.logs.models import logs_backends

from awslocal import settings
from awslocal.compute import secrets
from awslocal.compute.permission import Actor, assume, credentials
from awslocal.compute.plan import Check, ContainerPlan, Failed, Plan
from awslocal.ecs_task import Task

RESOURCE = "ResourceInitializationError: "
REGISTRY = secrets.PULL + "unable to retrieve ecr registry auth: service call has been retried 3 time(s): "
LOGGER = RESOURCE + "failed to validate logger args: create stream has been retried 1 times: "
LOGGER += "failed to create Cloudwatch log stream: "
# Fargate's agent repeats a pull; so it says, and so do we, who have no network to wait for.
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {0}: "


ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}  # ECS's name → Docker's


@dataclass(frozen=True)
class Place:
    """Where a task is started: whose it is, and where its containers find the emulated AWS."""

    account: str
    region: str
    endpoint: str


def plan(place: Place, task: Task, definition: TaskDefinition) -> Plan:
    """The plan of a task; Failed when a part of it is not to be had."""
    if settings.current().scenario.fails_to_start(task.family):
        raise Failed("CannotPullContainerError: the scenario says so")
    role = getattr(definition, "execution_role_arn", None)
    actor = assume(role, task.task_arn) if role else None
    own_role = task.overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    keys = credentials(own_role, task.task_arn) if own_role else {}
    overrides = {o["name"]: o for o in task.overrides.get("containerOverrides") or []}
    containers = [
        _container(place, actor, task, definition, c, overrides.get(c["name"], {}), keys)
        for c in sorted(definition.container_definitions, key=lambda c: not c.get("essential", True))
    ]
    labels = {"awslocal.group": task.group, "awslocal.family": task.family}
    platform = getattr(definition, "runtime_platform", None) or {}
    return Plan(task.id, containers, labels, ARCHITECTURES.get(platform.get("cpuArchitecture"), "amd64"))


def _container(
    place: Place,
    actor: Actor | None,
    task: Task,
    definition: TaskDefinition,
    own: dict[str, Any],
    override: dict[str, Any],
    keys: dict[str, str],
) -> ContainerPlan:
    environment = {**_platform(place), **keys, **_own_environment(own), **_own_environment(override)}
    for secret in own.get("secrets") or []:
        if actor is None:
            raise Failed(f"{secrets.PULL}the task definition has no execution role to read {secret['valueFrom']} with")
        environment[secret["name"]] = secrets.read(place.account, actor, secret["valueFrom"])
    _require_image(place, actor, own["image"])
    logged = _prepare_log(place, actor, own, task)
    linux = own.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    return ContainerPlan(
        name=own["name"],
        image=own["image"],
        environment=environment,
        command=override.get("command") or own.get("command") or None,
        entrypoint=own.get("entryPoint") or None,
        user=own.get("user"),
        folder=own.get("workingDirectory"),
        cpu=int(override.get("cpu") or own.get("cpu") or definition.cpu or 0),
        memory=int(override.get("memory") or own.get("memory") or definition.memory or 0),
        read_only=bool(own.get("readonlyRootFilesystem")),
        init=bool(linux.get("initProcessEnabled")),
        dropped=capabilities.get("drop") or [],
        added=capabilities.get("add") or [],
        mounts=[
            (m["sourceVolume"], m["containerPath"], bool(m.get("readOnly"))) for m in own.get("mountPoints") or []
        ],
        check=_check(own.get("healthCheck")),
        labels=own.get("dockerLabels") or {},
        logged=logged,
    )


def _platform(place: Place) -> dict[str, str]:
    """What the platform gives every container."""
    return {
        "AWS_REGION": place.region,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_ENDPOINT_URL": place.endpoint,
    }


def _own_environment(container: dict[str, Any]) -> dict[str, str]:
    """What a container definition sets, or an override of it."""
    return {v["name"]: v["value"] for v in container.get("environment") or []}


def _require_image(place: Place, actor: Actor | None, image: str) -> None:
    """Images in ECR need the execution role's permission and have to be in ECR, whatever the daemon still has."""
    prefix = settings.current().registry + "/"
    if not image.startswith(prefix):
        return
    name, _, reference = image.removeprefix(prefix).partition("@" if "@" in image else ":")
    name = name.partition(":")[0]  # a tag beside a digest means nothing
    repository = ecr_backends[place.account][place.region].repositories.get(name)
    if actor is not None:
        if refusal := actor.refusal("ecr:GetAuthorizationToken", "*"):
            raise Failed(REGISTRY + refusal)
        arn = repository.arn if repository else f"arn:aws:ecr:{place.region}:{place.account}:repository/{name}"
        if any(actor.refusal(f"ecr:{a}", arn) for a in ("BatchGetImage", "GetDownloadUrlForLayer")):
            raise Failed(PULL.format(image) + "unexpected status from HEAD request: 403 Forbidden")
    known = [i for i in repository.images if reference in (i.image_digest, *i.image_tags)] if repository else []
    if not known and (reference or "latest") != "latest":
        raise Failed(PULL.format(image) + f"{image}: not found")


def _check(own: dict[str, Any] | None) -> Check | None:
    if not own:
        return None
    given = (own.get("interval"), own.get("timeout"), own.get("retries"), own.get("startPeriod"))
    interval, timeout, retries, start_period = given
    return Check(list(own["command"]), interval or 30, timeout or 5, retries or 3, start_period or 0)


def stream(own: dict[str, Any], task: Task) -> tuple[str, str] | None:
    """The log group and stream of a container, if it logs to CloudWatch."""
    log = own.get("logConfiguration") or {}
    if log.get("logDriver") != "awslogs":
        return None
    options = log["options"]
    return options["awslogs-group"], f"{options.get('awslogs-stream-prefix', 'ecs')}/{own['name']}/{task.id}"


def _prepare_log(place: Place, actor: Actor | None, own: dict[str, Any], task: Task) -> bool:
    names = stream(own, task)
    if names is None:
        return False
    group, name = names
    arn = f"arn:aws:logs:{place.region}:{place.account}:log-group:{group}:log-stream:{name}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if actor is not None and (refusal := actor.refusal(action, arn)):
            raise Failed(LOGGER + refusal)
    backend = logs_backends[place.account][place.region]
    if group not in backend.groups:
        raise Failed(LOGGER + "ResourceNotFoundException: The specified log group does not exist.")
    backend.ensure_log_stream(group, name)
    return True
