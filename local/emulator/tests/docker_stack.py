"""An emulator with real containers, for tests: a Docker network, the registry in front of ECR, and images in it."""

import contextlib
import functools
import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import docker
import docker.errors
from botocore.config import Config

from tests import machine

EMULATOR = Path(__file__).resolve().parents[1]
MODULE = EMULATOR.parent
REGION, ACCOUNT = "ap-southeast-2", "123456789012"
PATIENCE_SECONDS = 90  # for what takes a few on an idle machine
DOCKERFILE = """FROM scratch
ARG RELEASE
COPY container /container
COPY --chown=10001:10001 empty /data
ENV RELEASE=$RELEASE
USER 10001:10001
ENTRYPOINT ["/container"]
"""


def daemon() -> Any:
    """A client of the daemon at DOCKER_HOST, or at Docker's default place."""
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except docker.errors.DockerException as error:
        machine.lacks(f"no Docker daemon answers (DOCKER_HOST={os.environ.get('DOCKER_HOST', '')}): {error}")
    if not shutil.which("go"):
        machine.lacks("no Go to build the image with")
    return client


def until(what: str, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What condition gives once that is true; AssertionError says what was waited for, and what was seen last."""
    deadline, pause, last = time.monotonic() + seconds, threading.Event(), None
    while time.monotonic() < deadline:
        last = condition()
        if last:
            return last
        pause.wait(0.1)
    raise AssertionError(f"{what}: not within {seconds:.0f} s; last seen: {last}")


class Stack:
    """Everything that a test of real containers needs; close() leaves nothing of it."""

    def __init__(self) -> None:
        self.docker = daemon()
        self.stack = contextlib.ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="awslocal-docker-")))
        name = f"awslocal-test-{secrets.token_hex(6)}"
        self.network = self.docker.networks.create(name, labels={"awslocal.test": name})
        self.stack.callback(self.network.remove)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.registry = f"127.0.0.1:{probe.getsockname()[1]}"
        self.control = self.folder / "control.json"
        self.endpoint = self._emulator(name)
        self._registry()
        self.client("ecr").create_repository(repositoryName="app")

    def close(self) -> None:
        """End what was started, in reverse order."""
        self.stack.close()

    def _emulator(self, network: str) -> str:
        command = [sys.executable, "-m", "awslocal", "--port", "0", "--data", str(self.folder / "data")]
        command += ["--registry", self.registry, "--control", str(self.control)]
        command += ["--compute", "docker", "--network", network, "--task-endpoint", "http://aws.internal"]
        command += ["--docker-host", os.environ.get("DOCKER_HOST", "")]
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(EMULATOR)}, text=True, stdout=subprocess.PIPE
        )
        self.stack.callback(_end, process)
        assert process.stdout is not None
        self.stack.callback(process.stdout.close)
        ready = process.stdout.readline()
        if "ready at" not in ready:
            raise AssertionError(f"the emulator did not start: {ready!r}")
        return ready.split()[3]

    def _registry(self) -> None:
        (self.folder / "blobs").mkdir()
        process = subprocess.Popen([self.program("registry"), self.registry, self.endpoint, str(self.folder / "blobs")])
        self.stack.callback(_end, process)
        host, _, port = self.registry.partition(":")

        def answers() -> bool:
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                return True
            return False

        until("registry", answers)

    def program(self, name: str) -> str:
        """One of programs/, built: static, so that it runs in an empty image."""
        built = self.folder / name
        if not built.exists():
            command = ["go", "build", "-o", str(built), f"./emulator/tests/programs/{name}"]
            subprocess.run(command, cwd=MODULE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
        return str(built)

    @functools.cache  # noqa: B019 - one stack for all tests of a class
    def image(self, release: str) -> str:
        """The reference, by digest, of an image that says it is this release."""
        tag = f"{self.registry}/app:{release}"
        self.docker.images.build(fileobj=self._context(), custom_context=True, tag=tag, buildargs={"RELEASE": release})
        self.stack.callback(self.docker.images.remove, tag, force=True)
        last = ""
        for line in self.docker.images.push(tag, stream=True, decode=True):
            last = line.get("aux", {}).get("Digest", last)
            if "error" in line:
                raise AssertionError(line["error"])
        return f"{self.registry}/app@{last}"

    def _context(self) -> io.BytesIO:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as tar:
            tar.add(self.program("container"), "container")
            folder = tarfile.TarInfo("empty")
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
            text = DOCKERFILE.encode()
            file = tarfile.TarInfo("Dockerfile")
            file.size = len(text)
            tar.addfile(file, io.BytesIO(text))
        content.seek(0)
        return content

    def client(self, service: str, **keys: str) -> Any:
        """A client of the emulated AWS that does not retry: the administrator's, unless given keys."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            **(keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}),
            config=Config(retries={"max_attempts": 0}),
        )

    def scenario(self, document: dict[str, Any]) -> None:
        """Put a scenario in force."""
        written = self.control.with_suffix(".new")
        written.write_text(json.dumps(document))
        written.rename(self.control)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
