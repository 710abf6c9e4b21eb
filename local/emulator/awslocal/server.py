"""moto's server with this package's additions inside, and the layers around it.

The order, from the outside: journal (names and records the call), faults (the scenario's), retries (a lost answer is
given again), validation (against AWS's model of the service), unimplemented (a clear refusal), access (what the caller may),
one at a time, rules (what AWS refuses by meaning), moto. moto imports a service when it is first called; the additions to that
service are made then.
"""

import importlib
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from awslocal import compute, settings
from awslocal.locks import MOTO, S3

# How long one thread may keep Python to itself: Python's own 5 ms add up when a dozen calls come at once.
SWITCH_SECONDS = 0.001

# Our modules that add to what all services share.
SHARED = ("lookups",)
# moto's name for a service → our modules that add to it.
ADDITIONS: dict[str, tuple[str, ...]] = {
    "acm": ("acm",),
    "applicationautoscaling": ("autoscaling", "cloudwatch"),
    "budgets": ("budgets",),
    "cloudwatch": ("cloudwatch", "alarm_switch", "sns"),
    "ec2": ("ec2", "ec2_acls", "ec2_flow_logs", "ec2_gateways", "ec2_interfaces"),
    "ecr": ("ecr",),
    "ecs": ("ecs",),
    "elb": ("elbv2",),  # both generations have one host, and moto serves it under the older one's name
    "elasticache": ("elasticache",),
    "iam": ("iam",),
    "kms": ("kms",),
    "logs": ("logs", "log_metrics"),
    "macie2": ("macie",),
    "rds": ("rds", "rds_data", "rds_engines", "rds_events", "rds_monitoring", "rds_snapshots", "rds_states", "rds_storage"),
    "resourcegroupstaggingapi": ("tagging",),
    "route53": ("route53",),
    "s3": ("s3", "s3_defaults"),
    "secretsmanager": ("secretsmanager",),
    "servicequotas": ("service_quotas",),
    "ses": ("ses",),
    "sesv2": ("sesv2",),
    "sns": ("sns",),
    "wafv2": ("wafv2",),
}


def prepare(chosen: settings.Settings) -> None:
    """Set what moto reads from the environment when it is imported; to be called before anything imports it."""
    chosen.data.mkdir(parents=True, exist_ok=True)
    scratch = chosen.data / "tmp"
    scratch.mkdir(exist_ok=True)
    tempfile.tempdir = str(scratch)
    os.environ.update(
        MOTO_ACCOUNT_ID=chosen.account,
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",  # with each come snapshots in the account, which nobody has made
        AWS_DEFAULT_REGION=chosen.region,
    )
    settings.use(chosen)
    sys.setswitchinterval(SWITCH_SECONDS)


def application(chosen: settings.Settings) -> Any:
    """The WSGI application of one emulator."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from awslocal.access.layer import Access
    from awslocal.faults import Faults
    from awslocal.journal import Journal
    from awslocal.private import Private
    from awslocal.retries import Retries
    from awslocal.rules import Rules
    from awslocal.rules.table import TABLE
    from awslocal.unimplemented import Unimplemented
    from awslocal.validation import Validation

    for name in SHARED:
        importlib.import_module(f"awslocal.{name}")

    def create(service: str) -> Any:
        for name in ADDITIONS.get(service, ()):
            importlib.import_module(f"awslocal.{name}")
        return create_backend_app(service)

    moto = OneAtATime(Rules(DomainDispatcherApplication(create), TABLE))
    answering = Faults(Retries(Validation(Unimplemented(Access(moto)))), chosen.scenario)
    return Private(Journal(answering, chosen.data / "calls.jsonl"))


def agent(chosen: settings.Settings) -> Any:
    """The compute that runs containers; an error where Docker does not answer, or has no such network."""
    from awslocal.compute.agent import Agent
    from awslocal.compute.docker_runtime import DockerRuntime
    from awslocal.compute.prepare import Place

    runtime = DockerRuntime(chosen.docker_host, chosen.network)
    return Agent(runtime, Place(chosen.account, chosen.region, chosen.task_endpoint))


class OneAtATime:
    """A WSGI layer that answers one call at a time.

    moto keeps its state in plain dictionaries and answers each request on a thread of its own: now and then one adds
    to what another is going through, and a call fails that did nothing wrong. Calls take milliseconds, and Python
    runs one thread at a time anyway, so nothing is lost by waiting.

    S3 waits for S3 alone: what it keeps is its own, and an application that asks it for documents must not become slow
    because somebody reads a hundred metrics at once.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with S3 if str(environ.get("awslocal.call", "")).startswith("s3:") else MOTO:
            return list(self._application(environ, start_response))


class Server:
    """An emulator on a loopback port, served from a thread of its own."""

    def __init__(self, host: str, port: int, chosen: settings.Settings) -> None:
        prepare(chosen)
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            """No line per request on stderr: the journal has them."""

            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                return

        self._server = make_server(host, port, application(chosen), threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._agent = agent(chosen) if chosen.compute == settings.DOCKER else None
        compute.use(self._agent)
        self.address = f"http://{host}:{self._server.server_port}"

    def start(self) -> None:
        """Serve; returns at once."""
        self._thread.start()
        if self._agent:
            self._agent.start()

    def stop(self) -> None:
        """Take no more requests, release the port and remove what runs."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self._agent:
            self._agent.close()


def data_folder(path: str) -> Path:
    """The data folder as an absolute path, so that a change of directory does not move it."""
    return Path(path).resolve()
