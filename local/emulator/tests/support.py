"""One emulator for all tests of a run, and clients for it.

With PLAIN_MOTO=1 in the environment the same tests run against moto as it is. Every test of an addition must fail
then: that is how a test shows that it sees the gap it is there for.
"""

import atexit
import functools
import json
import os
import tempfile
import unittest
import uuid
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from awslocal import server
from awslocal.scenario import Scenario
from awslocal.settings import Settings

ACCOUNT, REGION, REGISTRY = "123456789012", "ap-southeast-2", "127.0.0.1:5999"


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="awslocal-test-")


def data() -> Path:
    """The emulator's data folder, removed when the tests end."""
    return Path(_folder().name).resolve() / "data"


def control() -> Path:
    """The emulator's scenario file."""
    return Path(_folder().name) / "control.json"


@functools.cache
def address() -> str:
    """The address of the one emulator of this process, started on first use."""
    if os.environ.get("PLAIN_MOTO"):
        server.application = lambda _: _plain()
    running = server.Server("127.0.0.1", 0, Settings(ACCOUNT, REGION, REGISTRY, data(), Scenario(control())))
    running.start()
    atexit.register(running.stop)
    return running.address


def _plain() -> Any:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


@functools.cache
def client(service: str, region: str = REGION) -> Any:
    """A client that does not retry, so that an error is seen as it was answered."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=address(),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


def name(prefix: str = "t") -> str:
    """A name no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def own(task: dict[str, Any], container: str = "app") -> dict[str, Any]:
    """A container of a task by its name: the account adds others, and lists them in no order."""
    return next(c for c in task["containers"] if c["name"] == container)


class Case(unittest.TestCase):
    """A test with the scenario file at hand; it is gone when the test ends."""

    def tearDown(self) -> None:
        control().unlink(missing_ok=True)

    def scenario(self, **document: Any) -> None:
        """Put a scenario in force from the next call on."""
        written = control().with_suffix(".new")
        written.write_text(json.dumps(document))
        written.rename(control())

    def refused(self, code: str, call: Any, **arguments: Any) -> ClientError:
        """Assert that a call is refused with this error code, and return the error."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception


def target_group() -> str:
    """The ARN of a group of addresses in the tests' network."""
    made = client("elbv2").create_target_group(
        Name=name("tg"), Protocol="HTTP", Port=80, TargetType="ip", VpcId=network()["vpc"]
    )
    return made["TargetGroups"][0]["TargetGroupArn"]


def listening(group: str) -> str:
    """A load balancer whose listener sends everything to a target group; its ARN."""
    elb, where = client("elbv2"), network()
    balancer = elb.create_load_balancer(Name=name("lb"), Subnets=where["subnets"], SecurityGroups=[where["group"]])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    return arn


@functools.cache
def network() -> dict[str, Any]:
    """A VPC with two subnets in two zones, a way to the internet and a security group."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.attach_internet_gateway(
        VpcId=vpc, InternetGatewayId=ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    )
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for i, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="tests", Description="tests")["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "group": group}
