"""ECS with real containers, on a real Docker daemon. Skipped where none answers: what it is about cannot be seen there.

Does not prove the words of AWS's messages, which are taken from its documentation, nor anything about its own timing.
"""

import json
import unittest
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.docker_stack import ACCOUNT, REGION, Stack, until
from tests.support import own

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
LOGS = "/ecs/test"
CHECK = {"command": ["CMD", "/container", "check"], "interval": 10, "timeout": 5, "retries": 2, "startPeriod": 0}
BREAKER = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


class Containers(unittest.TestCase):
    """One stack for all tests of a class, each with a service or family of its own."""

    stack: Stack

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.close)
        cls.ecs, cls.elb, cls.iam = (cls.stack.client(s) for s in ("ecs", "elbv2", "iam"))
        cls.ecs.create_cluster(clusterName="c", settings=[{"name": "containerInsights", "value": "enabled"}])
        ec2 = cls.stack.client("ec2")
        cls.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.attach_internet_gateway(
            VpcId=cls.vpc, InternetGatewayId=ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        )
        zones = [
            {"VpcId": cls.vpc, "CidrBlock": f"10.0.{i}.0/24", "AvailabilityZone": f"{REGION}{zone}"}
            for i, zone in enumerate("ab")
        ]
        cls.subnets = [ec2.create_subnet(**zone)["Subnet"]["SubnetId"] for zone in zones]
        cls.group = ec2.create_security_group(VpcId=cls.vpc, GroupName="t", Description="t")["GroupId"]
        cls.where = {"awsvpcConfiguration": {"subnets": cls.subnets, "securityGroups": [cls.group]}}
        cls.stack.client("logs").create_log_group(logGroupName=LOGS)
        secret = cls.stack.client("secretsmanager").create_secret(
            Name="s", SecretString=json.dumps({"user": "u", "password": "p4ss"})
        )
        cls.secret = secret["ARN"]
        cls.role = cls.make_role(["secretsmanager:GetSecretValue"])
        cls.balancer = cls.elb.create_load_balancer(Name="lb", Subnets=cls.subnets)["LoadBalancers"][0]["LoadBalancerArn"]

    @classmethod
    def make_role(cls, actions: list[str]) -> str:
        """An execution role that may pull and log, and these beside."""
        name = f"role-{uuid.uuid4().hex[:8]}"
        made = cls.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        allowed = ["ecr:*", "logs:CreateLogStream", "logs:PutLogEvents", *actions]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}
        cls.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
        return made

    def setUp(self) -> None:
        self.name = f"t-{uuid.uuid4().hex[:8]}"

    def register(self, image: str = "", role: str = "", **container: Any) -> str:
        environment = {"PORT": "3001", **container.pop("environment", {})}
        options = {"awslogs-group": LOGS, "awslogs-region": REGION, "awslogs-stream-prefix": "p"}
        definition = {
            "name": "app",
            "image": image or self.stack.image("v1"),
            "environment": [{"name": n, "value": v} for n, v in environment.items()],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            "portMappings": [{"containerPort": 3001}],
            "readonlyRootFilesystem": True,
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "stopTimeout": 3,
            **container,
        }
        return self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=role or self.role,
            containerDefinitions=[definition],
            volumes=[{"name": "data"}],
        )["taskDefinition"]["taskDefinitionArn"]

    def serve(self, revision: str, count: int = 1) -> str:
        """Create a service behind a target group of its own, and return the group."""
        group = self.elb.create_target_group(
            Name=self.name, Protocol="HTTP", Port=3001, TargetType="ip", VpcId=self.vpc, HealthCheckPath="/health",
            HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        port = 1000 + int(self.name[-3:], 16)
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        self.elb.create_listener(LoadBalancerArn=self.balancer, Protocol="HTTP", Port=port, DefaultActions=forward)
        self.ecs.create_service(
            cluster="c",
            serviceName=self.name,
            taskDefinition=revision,
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration=self.where,
            deploymentConfiguration=BREAKER,
            healthCheckGracePeriodSeconds=5,
            loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 3001}],
        )
        self.addCleanup(self.ecs.delete_service, cluster="c", service=self.name, force=True)
        return group

    def service(self) -> dict[str, Any]:
        return self.ecs.describe_services(cluster="c", services=[self.name])["services"][0]

    def steady(self, revision: str) -> dict[str, Any]:
        """The service, once it has nothing but tasks of this revision."""

        def look() -> dict[str, Any] | None:
            service = self.service()
            only = [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
            return service if only and service["taskDefinition"] == revision else None

        return until(f"{self.name} steady", look)

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="c", family=self.name, desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"] if arns else []

    def ran(self, revision: str, **more: Any) -> dict[str, Any]:
        """A one-off task, once it has stopped."""
        arn = self.ecs.run_task(cluster="c", taskDefinition=revision, networkConfiguration=self.where, **more)["tasks"][0][
            "taskArn"
        ]

        def look() -> dict[str, Any] | None:
            task = self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]
            return task if task["lastStatus"] == "STOPPED" else None

        return until("task stopped", look)

    def targets(self, group: str) -> list[str]:
        shown = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [f"{t['Target']['Id']}:{t['Target']['Port']} {t['TargetHealth']['State']}" for t in shown]

    def lines(self, task: dict[str, Any]) -> list[str]:
        stream = f"p/app/{task['taskArn'].rpartition('/')[2]}"
        events = self.stack.client("logs").get_log_events(logGroupName=LOGS, logStreamName=stream, startFromHead=True)
        return [event["message"] for event in events["events"]]

    def get(self, task: dict[str, Any], path: str) -> tuple[int, bytes]:
        address = own(task)["networkInterfaces"][0]["privateIpv4Address"]
        try:
            with urllib.request.urlopen(f"http://{address}:3001{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class Services(Containers):
    def test_runs_the_image_as_defined(self) -> None:
        revision = self.register(
            healthCheck=CHECK,
            user="10001:10001",
            linuxParameters={"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
            secrets=[
                {"name": "PASSWORD", "valueFrom": f"{self.secret}:password::"},
                {"name": "ALL", "valueFrom": self.secret},
            ],
        )
        group = self.serve(revision)
        self.assertEqual((self.steady(revision)["runningCount"], self.service()["pendingCount"]), (1, 0))
        (task,) = self.tasks()
        self.assertEqual((task["lastStatus"], task["healthStatus"]), ("RUNNING", "HEALTHY"))
        self.assertEqual(own(task)["imageDigest"], self.stack.image("v1").partition("@")[2])
        address = own(task)["networkInterfaces"][0]["privateIpv4Address"]
        self.assertEqual(self.targets(group), [f"{address}:3001 healthy"])
        environment = json.loads(self.get(task, "/env")[1])
        expected = {"PASSWORD": "p4ss", "RELEASE": "v1", "AWS_ENDPOINT_URL": "http://aws.internal", "AWS_REGION": REGION}
        self.assertEqual({name: environment.get(name) for name in expected}, expected)
        self.assertEqual(json.loads(environment["ALL"])["user"], "u")
        self.assertEqual(self.get(task, "/write?path=/data/x")[0], 200, "a volume takes over its owner from the image")
        self.assertEqual(self.get(task, "/write?path=/x")[0], 403, "all else is read only")
        until("log", lambda: self.lines(task) == ["serving v1"])

    def test_new_tasks_are_healthy_before_old_ones_go(self) -> None:
        first, second = self.register(), self.register(self.stack.image("v2"))
        group = self.serve(first, count=2)
        self.steady(first)
        self.ecs.update_service(cluster="c", service=self.name, taskDefinition=second)
        fewest, most = [], []

        def done() -> bool:
            states = self.targets(group)
            fewest.append(sum(s.endswith(" healthy") for s in states))
            most.append(len(self.tasks()))
            return [d["rolloutState"] for d in self.service()["deployments"]] == ["COMPLETED"]

        until("rolled", done)
        self.assertGreaterEqual(min(fewest), 2)
        self.assertEqual(max(most), 4)
        releases = {json.loads(self.get(t, "/env")[1])["RELEASE"] for t in self.tasks()}
        self.assertEqual((releases, len(self.tasks())), ({"v2"}, 2))
        reasons = {t["stoppedReason"].partition("(")[0].strip() for t in self.tasks("STOPPED")}
        self.assertEqual(reasons, {"Scaling activity initiated by"})
        self.assertEqual({own(t)["exitCode"] for t in self.tasks("STOPPED")}, {0})

    def test_old_tasks_linger_where_the_scenario_says_so(self) -> None:
        first, second = self.register(), self.register(self.stack.image("v2"))
        self.serve(first)
        self.steady(first)
        self.stack.scenario({"compute": {"lingering": [self.name]}})
        self.addCleanup(self.stack.scenario, {})
        self.ecs.update_service(cluster="c", service=self.name, taskDefinition=second)
        self.steady(second)
        self.assertEqual({t["taskDefinitionArn"] for t in self.tasks()}, {first, second})
        self.stack.scenario({})
        until("gone", lambda: {t["taskDefinitionArn"] for t in self.tasks()} == {second})

    def test_what_never_becomes_healthy_is_rolled_back(self) -> None:
        good, bad = self.register(), self.register(environment={"HEALTH": "503"})
        group = self.serve(good)
        before = self.steady(good)["deployments"][0]["id"]
        self.ecs.update_service(cluster="c", service=self.name, taskDefinition=bad)
        until("unhealthy", lambda: any("unhealthy" in state for state in self.targets(group)))
        service = self.steady(good)
        self.assertEqual(service["deployments"][0]["id"], before)
        self.assertIn("circuit breaker: rolling back", service["deployments"][0]["rolloutStateReason"])
        stopped = [t for t in self.tasks("STOPPED") if t["taskDefinitionArn"] == bad]
        self.assertEqual({t["stoppedReason"] for t in stopped}, {f"Task failed ELB health checks in (target-group {group})"})
        self.assertGreaterEqual(len(stopped), 3)
        events = " ".join(e["message"] for e in service["events"])
        self.assertIn("Health checks failed with these codes: [503]", events)

    def test_a_failed_container_check_replaces_the_task(self) -> None:
        revision = self.register(healthCheck=CHECK, environment={"CHECK": "1"})
        self.serve(revision)
        failed = until("failed", lambda: self.tasks("STOPPED"))
        self.assertEqual(failed[0]["stoppedReason"], "Task failed container health checks")
        state = until("given up", lambda: self.service()["deployments"][0]["rolloutState"] == "FAILED")
        self.assertTrue(state)

    def test_what_runs_for_a_moment_only_is_no_success(self) -> None:
        revision = self.register(command=["linger"])
        self.ecs.create_service(
            cluster="c", serviceName=self.name, taskDefinition=revision, desiredCount=1, launchType="FARGATE",
            networkConfiguration=self.where, deploymentConfiguration=BREAKER,
        )
        self.addCleanup(self.ecs.delete_service, cluster="c", service=self.name, force=True)
        seen = set()

        def ended() -> bool:
            seen.add(self.service()["deployments"][0]["rolloutState"])
            return "FAILED" in seen

        until("given up", ended)
        self.assertNotIn("COMPLETED", seen)

    def test_a_stopped_task_is_replaced(self) -> None:
        revision = self.register()
        self.serve(revision)
        self.steady(revision)
        (task,) = self.tasks()
        self.ecs.stop_task(cluster="c", task=task["taskArn"], reason="for a test")
        until("replaced", lambda: [t["taskArn"] for t in self.tasks() if t["lastStatus"] == "RUNNING"] not in ([], [task["taskArn"]]))
        stopped = until("stopped", lambda: [t for t in self.tasks("STOPPED") if t["lastStatus"] == "STOPPED"])[0]
        self.assertEqual((stopped["stopCode"], stopped["stoppedReason"]), ("UserInitiated", "for a test"))
        self.assertEqual(self.lines(stopped), ["serving v1", "told to stop"])

    def test_use_is_measured(self) -> None:
        self.serve(self.register())

        def measured() -> dict[str, float]:
            found, now = {}, datetime.now(UTC)
            for namespace, metric in (("AWS/ECS", "MemoryUtilization"), ("ECS/ContainerInsights", "RunningTaskCount")):
                points = self.stack.client("cloudwatch").get_metric_statistics(
                    Namespace=namespace, MetricName=metric, Period=60, Statistics=["Maximum"],
                    Dimensions=[{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": self.name}],
                    StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=5),
                )["Datapoints"]
                found[metric] = max((p["Maximum"] for p in points), default=0)
            return found if all(found.values()) else {}

        seen = until("measured", measured)
        self.assertEqual(seen["RunningTaskCount"], 1)
        self.assertLess(seen["MemoryUtilization"], 50)


class OneOff(Containers):
    def test_has_the_containers_exit_code_and_log(self) -> None:
        command = {"containerOverrides": [{"name": "app", "command": ["exit", "3"]}]}
        task = self.ran(self.register(), overrides=command)
        self.assertEqual((task["stopCode"], task["stoppedReason"]), ("EssentialContainerExited", "Essential container in task exited"))
        self.assertEqual(own(task)["exitCode"], 3)
        (agent,) = (c for c in task["containers"] if c["name"].startswith("aws-guardduty-agent-"))
        self.assertIn(agent["exitCode"], (0, 143), "GuardDuty's agent has an exit code of its own")
        self.assertEqual(sorted(self.lines(task)), ["to stderr", "to stdout"])

    def test_out_of_memory(self) -> None:
        container = own(self.ran(self.register(command=["fill"], memory=128)))
        self.assertEqual((container["exitCode"], container["reason"]), (137, "OutOfMemoryError: Container killed due to memory usage"))

    def test_does_not_start_and_says_why(self) -> None:
        missing = self.stack.image("v1").partition("@")[0] + "@sha256:" + "0" * 64
        gone = "arn:aws:secretsmanager:" + self.secret.split(":", 3)[3][:-6] + "AAAAAA"
        cases = {
            "image": (self.register(missing), "CannotPullContainerError: .*: not found"),
            "program": (self.register(entryPoint=["/nothing"]), "CannotStartContainerError: .*/nothing"),
            "secret": (self.register(secrets=[{"name": "S", "valueFrom": gone}]), "ResourceInitializationError: .*ResourceNotFoundException"),
            "permission": (
                self.register(role=self.make_role([]), secrets=[{"name": "S", "valueFrom": self.secret}]),
                "ResourceInitializationError: .*AccessDeniedException: .*secretsmanager:GetSecretValue",
            ),
            "member": (
                self.register(secrets=[{"name": "S", "valueFrom": f"{self.secret}:nothing::"}]),
                "ResourceInitializationError: .*did not contain json key nothing",
            ),
            "role": (self.register(role=f"arn:aws:iam::{ACCOUNT}:role/none"), "ECS was unable to assume the role"),
        }
        for name, (revision, reason) in cases.items():
            with self.subTest(name):
                task = self.ran(revision)
                self.assertEqual(task["stopCode"], "TaskFailedToStart")
                self.assertRegex(task["stoppedReason"], reason)
                self.assertNotIn("exitCode", own(task))

    def test_is_killed_when_it_does_not_stop(self) -> None:
        revision = self.register(environment={"STUBBORN": "1"}, stopTimeout=2)
        arn = self.ecs.run_task(cluster="c", taskDefinition=revision, networkConfiguration=self.where)["tasks"][0]["taskArn"]
        look = lambda: self.ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]  # noqa: E731
        until("running", lambda: look()["lastStatus"] == "RUNNING" and self.lines(look()))
        self.ecs.stop_task(cluster="c", task=arn)
        until("stopped", lambda: look()["lastStatus"] == "STOPPED")
        self.assertEqual(own(look())["exitCode"], 137)

    def test_leaves_nothing_in_docker(self) -> None:
        self.ran(self.register(command=["exit", "0"]))
        task = self.tasks("STOPPED")[0]["taskArn"].rpartition("/")[2]
        self.assertEqual(self.stack.docker.containers.list(all=True, filters={"label": f"awslocal.task={task}"}), [])
