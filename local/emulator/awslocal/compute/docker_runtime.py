"""Containers by Docker.

Every container and volume carries the labels of the network it is on, so that whoever made the network can find and
remove what is left of a run that was killed, and these:

    awslocal.network    the network's name: what this runtime looks at, and removes when it closes
    awslocal.task       the task's id
    awslocal.container  the container's name in the task definition
"""

import contextlib
import re
import threading
from typing import Any

import docker
import docker.errors
import requests.exceptions
from docker.types import Mount

from awslocal import pace
from awslocal.compute.docker_logs import Follower
from awslocal.compute.plan import Check, ContainerPlan, Failed, Plan, Seen, Usage

SECOND = 1_000_000_000  # Docker's unit is the nanosecond
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
UNMATCHED = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
UNMATCHED += "image Manifest does not contain descriptor matching platform "
NEVER = "0001-01-01"  # Docker's date for "not yet"


class DockerRuntime:
    """A daemon and one network on it; see plan.Runtime."""

    def __init__(self, host: str, network: str) -> None:
        self._client = docker.DockerClient(base_url=host, timeout=60) if host else docker.from_env(timeout=60)
        self._network = network
        self._labels = {**(self._client.networks.get(network).attrs["Labels"] or {}), "awslocal.network": network}
        self._followers: dict[str, dict[str, Follower]] = {}
        self._digests: dict[str, str] = {}  # by image id
        self._known: dict[str, tuple[str, Seen]] = {}  # by container: by what signs it was told, and what was seen
        self._lock = threading.Lock()
        self.close()  # what a killed predecessor left

    def launch(self, plan: Plan) -> None:
        """Pull all images before anything runs, as Fargate does; the first container has the network."""
        for image in dict.fromkeys(c.image for c in plan.containers):
            self._pull(image)
            self._match(image, plan.architecture)
        first = None
        for container in plan.containers:
            try:
                made = self._client.containers.create(**self._options(plan, container, first))
                made.start()
            except (docker.errors.APIError, requests.exceptions.RequestException) as error:
                raise Failed(f"CannotStartContainerError: Error response from daemon: {_said(error)}") from None
            first = first or made.id
            if container.logged:
                with self._lock:
                    self._followers.setdefault(plan.task, {})[container.name] = Follower(self._client, made.id)

    def _pull(self, image: str) -> None:
        """The daemon asks the registry even for what it has, so that an image that is gone there is gone here too."""
        try:
            for message in self._client.api.pull(image, stream=True, decode=True):
                if "error" in message:
                    raise Failed(f"{PULL}{image}: {message['error']}")
        except docker.errors.NotFound:
            raise Failed(f"{PULL}{image}: {image}: not found") from None
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise Failed(f"{PULL}{image}: {_said(error)}") from None

    def _match(self, image: str, architecture: str) -> None:
        """Docker runs an image of another processor's as best it can; Fargate does not pull it."""
        found = self._client.api.inspect_image(image)["Architecture"]
        if found != architecture:
            raise Failed(f"{UNMATCHED}'linux/{architecture}': it is for linux/{found}")

    def _options(self, plan: Plan, own: ContainerPlan, first: str | None) -> dict[str, Any]:
        options: dict[str, Any] = {
            "image": own.image,
            "name": f"{plan.task}-{own.name}",
            "environment": own.environment,
            "command": own.command,
            "entrypoint": own.entrypoint,
            "user": own.user,
            "working_dir": own.folder,
            "read_only": own.read_only,
            "init": own.init,
            "cap_drop": own.dropped,
            "cap_add": own.added,
            "labels": {**own.labels, **self._marked(plan), "awslocal.container": own.name},
            "mounts": [self._mount(plan, *mount) for mount in own.mounts],
            "log_config": {"type": "json-file", "config": {}},
            "healthcheck": _check(own.check),
        }
        options |= {"network_mode": f"container:{first}"} if first else {"network": self._network}
        if own.memory:
            options |= {"mem_limit": f"{own.memory}m", "memswap_limit": f"{own.memory}m"}
        if own.cpu:
            options["nano_cpus"] = own.cpu * SECOND // 1024
        return {name: value for name, value in options.items() if value is not None}

    def _mount(self, plan: Plan, volume: str, path: str, read_only: bool) -> Mount:
        """A volume takes over what the image has at that path, owner included, as on Fargate.

        It has a name only where containers share it: one without is removed with its container, whoever removes that.
        """
        shared = sum(mount[0] == volume for c in plan.containers for mount in c.mounts) > 1
        name = f"{plan.task}-{volume}" if shared else None
        return Mount(path, name, read_only=read_only, labels=self._marked(plan) if shared else None)

    def _marked(self, plan: Plan) -> dict[str, str]:
        return {**plan.labels, **self._labels, "awslocal.task": plan.task}

    def look(self) -> dict[str, dict[str, Seen]]:
        """One call to the daemon for everything that runs, and one for each container that is not as it was."""
        found: dict[str, dict[str, Seen]] = {}
        known: dict[str, tuple[str, Seen]] = {}
        for listed in self._mine():
            signs, labels = self._signs(listed), listed["Labels"]
            before, seen = self._known.get(listed["Id"], ("", None))
            if seen is None or before != signs or not seen.digest:
                try:
                    seen = self._seen(self._client.api.inspect_container(listed["Id"]))
                except docker.errors.NotFound:
                    continue
            known[listed["Id"]] = (signs, seen)
            found.setdefault(labels["awslocal.task"], {})[labels["awslocal.container"]] = seen
        self._known = known
        return found

    def _signs(self, listed: dict[str, Any]) -> str:
        """What a list says of all that _seen reads; its Status is a text with the age: "Up 3 seconds (healthy)"."""
        health = re.search(r"\([^)]*\)", listed["Status"])
        network = (listed.get("NetworkSettings") or {}).get("Networks", {}).get(self._network) or {}
        return f"{listed['State']} {health[0] if health else ''} {network.get('IPAddress', '')}"

    def _mine(self, **filters: str) -> list[dict[str, Any]]:
        labels = [f"awslocal.network={self._network}", *(f"{k}={v}" for k, v in filters.items())]
        return self._client.api.containers(all=True, filters={"label": labels})

    def _seen(self, attributes: dict[str, Any]) -> Seen:
        state, networks = attributes["State"], attributes["NetworkSettings"]["Networks"]
        over = state["Status"] in ("exited", "dead") and not state["StartedAt"].startswith(NEVER)
        return Seen(
            running=state["Running"],
            exit_code=state["ExitCode"] if over else None,
            out_of_memory=bool(state.get("OOMKilled")),
            health=(state.get("Health") or {}).get("Status", ""),
            address=(networks.get(self._network) or {}).get("IPAddress", ""),
            digest=self._digest(attributes["Image"], attributes["Config"]["Image"]),
        )

    def _digest(self, image: str, reference: str) -> str:
        """The digest under which the image that really runs is in the registry that the reference names."""
        key = f"{image} {reference}"
        if key not in self._digests:
            name = reference.partition("@")[0]
            name = name if "/" in name and ":" not in name.rpartition("/")[2] else name.rpartition(":")[0] or name
            try:
                known = self._client.api.inspect_image(image)["RepoDigests"] or []
            except docker.errors.ImageNotFound:
                return ""
            own = [d.partition("@")[2] for d in known if d.partition("@")[0] == name]
            named = reference.partition("@")[2]
            self._digests[key] = named if named in own else next(iter(own), "")
        return self._digests[key]

    def stop(self, task: str, seconds: int) -> None:
        """All containers of the task at once, as each may take its time."""
        running = [c["Id"] for c in self._mine(**{"awslocal.task": task}) if c["State"] == "running"]
        threads = [threading.Thread(target=self._stop, args=(c, seconds), daemon=True) for c in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _stop(self, container: str, seconds: int) -> None:
        with contextlib.suppress(docker.errors.NotFound):
            self._client.api.stop(container, timeout=seconds)

    def remove(self, task: str) -> None:
        """Containers first: a volume that is in use stays."""
        with self._lock:
            self._followers.pop(task, None)
        for listed in reversed(self._mine(**{"awslocal.task": task})):
            with contextlib.suppress(docker.errors.APIError):
                self._client.api.remove_container(listed["Id"], v=True, force=True)
        self._remove_volumes(f"awslocal.task={task}")

    def _remove_volumes(self, label: str) -> None:
        labels = [f"awslocal.network={self._network}", label]
        for volume in self._client.volumes.list(filters={"label": labels}):
            with contextlib.suppress(docker.errors.APIError):
                volume.remove(force=True)

    def logs(self, task: str) -> tuple[dict[str, list[tuple[int, str]]], bool]:
        """What the followers of the task's containers have read since they were last asked."""
        with self._lock:
            followers = dict(self._followers.get(task, {}))
        over = all(f.over for f in followers.values())  # before the lines are taken, or the last ones could be missed
        return {name: f.take() for name, f in followers.items()}, over

    def usage(self, task: str) -> dict[str, Usage]:
        """The kernel's own counters, by Docker's stats."""
        found = {}
        for listed in self._mine(**{"awslocal.task": task}):
            if listed["State"] == "running":
                with contextlib.suppress(docker.errors.APIError, KeyError):
                    stats = self._client.api.stats(listed["Id"], stream=False, one_shot=True)
                    found[listed["Labels"]["awslocal.container"]] = _usage(stats)
        return found

    def close(self) -> None:
        """Remove every container and volume of the network's that was started here, at once and without a SIGTERM."""
        for listed in self._mine():
            with contextlib.suppress(docker.errors.APIError):
                self._client.api.remove_container(listed["Id"], v=True, force=True)
        self._remove_volumes(f"awslocal.network={self._network}")


def _check(check: Check | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "test": check.command,
        "interval": int(pace.within("container check interval", check.interval)) * SECOND,
        "timeout": check.timeout * SECOND,
        "retries": check.retries,
        "start_period": int(pace.within("container check start period", check.start_period)) * SECOND,
    }


def _usage(stats: dict[str, Any]) -> Usage:
    """Memory is what the container cannot do without: the page cache that the kernel can drop at will is not counted."""
    memory = stats["memory_stats"]
    dropped = memory.get("stats", {})
    cache = dropped.get("total_inactive_file", dropped.get("inactive_file", 0))
    return Usage(stats["cpu_stats"]["cpu_usage"]["total_usage"] / SECOND, max(0, memory["usage"] - cache))


def _said(error: Exception) -> str:
    explanation = getattr(error, "explanation", None) or str(error)
    return explanation.decode() if isinstance(explanation, bytes) else str(explanation)
