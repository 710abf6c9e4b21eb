"""Command line of the emulated AWS: python3 -m awslocal --port 5000 --data DIR.

Prints one line once it takes requests, writes only below --data, ends on SIGTERM or SIGINT with exit code 0.
"""

import argparse
import importlib.metadata
import os
import signal
import sys
import threading

sys.dont_write_bytecode = True

from awslocal.pace import FAST, PACES  # noqa: E402
from awslocal.scenario import Scenario  # noqa: E402
from awslocal.server import Server, data_folder  # noqa: E402
from awslocal.settings import DOCKER, MOTO_VERSION, SIMULATED, Settings  # noqa: E402
from awslocal.locks import MOTO  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run the emulator until it is told to stop; the exit code."""
    options = _options(arguments)
    if problem := moto_problem() or compute_problem(options.compute, options.network):
        print(f"awslocal: {problem}", file=sys.stderr)
        return 1
    chosen = Settings(
        account=options.account,
        region=options.region,
        registry=options.registry,
        data=data_folder(options.data),
        scenario=Scenario(data_folder(options.control) if options.control else None),
        compute=options.compute,
        network=options.network,
        docker_host=options.docker_host,
        task_endpoint=options.task_endpoint,
        pace=options.pace,
        seed=options.seed,
    )
    try:
        server = Server(options.host, options.port, chosen)
    except Exception as error:  # noqa: BLE001 - Docker's client has many, and one line is all there is to say
        if options.compute != DOCKER:
            raise
        print(f"awslocal: compute: {error}; is Docker running, and the network there?", file=sys.stderr)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    from awslocal import alarm_evaluator  # imports moto, which has to find its environment prepared

    alarm_evaluator.start(MOTO, stopped)
    server.start()
    print(
        f"awslocal: ready at {server.address} (account {options.account}, region {options.region}, pid {os.getpid()})",
        flush=True,
    )
    stopped.wait()
    server.stop()
    return 0


def moto_problem() -> str:
    """Why this moto cannot be used; empty when it can. The additions are written against one version's insides."""
    try:
        found = importlib.metadata.version("moto")
    except importlib.metadata.PackageNotFoundError:
        return f"moto is not installed: this needs {MOTO_VERSION}; install requirements.txt"
    if found != MOTO_VERSION:
        return f"moto {found} is installed: this needs {MOTO_VERSION}; install requirements.txt"
    return ""


def compute_problem(compute: str, network: str) -> str:
    """Why tasks cannot be what they were asked to be; empty when they can."""
    if compute != DOCKER:
        return ""
    if not network:
        return "--compute docker: needs --network, the Docker network that containers are put on"
    try:
        importlib.metadata.version("docker")
    except importlib.metadata.PackageNotFoundError:
        return "--compute docker: needs the Python package docker; install requirements.txt"
    return ""


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="awslocal", description="An emulated AWS on a loopback port.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port to listen on; 0 picks a free one")
    parser.add_argument("--account", default="123456789012", help="account id of every call (123456789012)")
    parser.add_argument(
        "--region", default="ap-southeast-2", help="region of what has no region of its own (ap-southeast-2)"
    )
    parser.add_argument(
        "--registry", default="127.0.0.1:5001", help="host:port of the OCI registry behind ECR (127.0.0.1:5001)"
    )
    parser.add_argument("--data", required=True, help="the only folder anything is written to")
    parser.add_argument(
        "--compute",
        choices=(SIMULATED, DOCKER),
        default=SIMULATED,
        help="what ECS tasks are: nothing that runs, or containers (simulated)",
    )
    parser.add_argument("--network", default="", help="Docker network that containers are put on; has to be there")
    parser.add_argument("--docker-host", default="", help="address of the Docker daemon (Docker's default)")
    parser.add_argument(
        "--task-endpoint", default="http://aws.internal", help="where containers reach this (http://aws.internal)"
    )
    parser.add_argument("--pace", choices=PACES, default=FAST, help="how long things take: see pace.py (fast)")
    parser.add_argument("--seed", type=int, default=0, help="what durations are drawn by, where AWS's differ (0)")
    parser.add_argument("--control", help="scenario file, see scenario.py; may be written while the emulator runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a call that is still being answered is on a thread that Python can abort over while it shuts down.
    os._exit(code)
