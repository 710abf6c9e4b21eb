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

from awslocal.scenario import Scenario  # noqa: E402
from awslocal.server import Server, data_folder  # noqa: E402
from awslocal.settings import MOTO_VERSION, Settings  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run the emulator until it is told to stop; the exit code."""
    options = _options(arguments)
    if problem := moto_problem():
        print(f"awslocal: {problem}", file=sys.stderr)
        return 1
    server = Server(
        options.host,
        options.port,
        Settings(
            account=options.account,
            region=options.region,
            registry=options.registry,
            data=data_folder(options.data),
            scenario=Scenario(data_folder(options.control) if options.control else None),
        ),
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
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
    parser.add_argument("--control", help="scenario file, see scenario.py; may be written while the emulator runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a call that is still being answered is on a thread that Python can abort over while it shuts down.
    os._exit(code)
