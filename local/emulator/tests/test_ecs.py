"""ECS services and tasks (B6 to B10). Does not prove that an image starts: nothing runs here."""

from tests.support import REGISTRY, Case, client, listening, name, network, own
from tests.test_ecr import manifest

BREAKER = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
CHECK = {"command": ["CMD", "/healthcheck"]}
AGENT = "aws-guardduty-agent-"


class Ecs(Case):
    def setUp(self) -> None:
        self.ecs = client("ecs")
        self.cluster, self.service, self.family = name("cluster"), name("svc"), name("family")
        self.ecs.create_cluster(clusterName=self.cluster)
        self.first, self.second = self.register("a"), self.register("b")
        self.where = {"awsvpcConfiguration": {"subnets": network()["subnets"], "securityGroups": [network()["group"]]}}

    def register(self, digit: str, image: str = "") -> str:
        return self.ecs.register_task_definition(
            family=self.family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": image or f"{REGISTRY}/app@sha256:{digit * 64}",
                    "healthCheck": CHECK,
                    "portMappings": [{"containerPort": 3001}],
                },
                {"name": "side", "image": "side", "essential": False},
            ],
        )["taskDefinition"]["taskDefinitionArn"]

    def create(self, **more: object) -> dict:
        return self.ecs.create_service(
            **{
                "cluster": self.cluster,
                "serviceName": self.service,
                "taskDefinition": self.first,
                "desiredCount": 2,
                "launchType": "FARGATE",
                "networkConfiguration": self.where,
                "deploymentConfiguration": BREAKER,
                **more,
            }
        )["service"]

    def update(self, **change: object) -> dict:
        return self.ecs.update_service(cluster=self.cluster, service=self.service, **change)["service"]

    def shown(self) -> dict:
        return self.ecs.describe_services(cluster=self.cluster, services=[self.service])["services"][0]

    def tasks(self, **given: str) -> list[dict]:
        arns = self.ecs.list_tasks(cluster=self.cluster, **(given or {"serviceName": self.service}))["taskArns"]
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []


class Service(Ecs):
    def test_is_steady_at_once_whatever_its_count(self) -> None:
        for service, count in ((name("svc"), 1), (name("svc"), 3)):
            created = self.create(serviceName=service, desiredCount=count)
            self.assertEqual(
                (created["runningCount"], created["pendingCount"], len(created["deployments"])), (count, 0, 1)
            )
            self.assertEqual(created["deployments"][0]["rolloutState"], "COMPLETED")

    def test_without_security_groups_it_has_the_default_one(self) -> None:
        where = {"awsvpcConfiguration": {"subnets": network()["subnets"]}}
        self.create(networkConfiguration=where)
        self.assertEqual(self.shown()["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"], [])

    def test_keeps_what_it_is_given(self) -> None:
        given = {
            "enableExecuteCommand": True,
            "healthCheckGracePeriodSeconds": 90,
            "enableECSManagedTags": True,
            "availabilityZoneRebalancing": "ENABLED",
            "propagateTags": "SERVICE",
            "platformVersion": "LATEST",
        }
        self.create(**given)
        shown = self.shown()
        self.assertEqual({key: shown.get(key) for key in given}, given)
        self.assertEqual(shown["deploymentConfiguration"], BREAKER)

    def test_capacity_provider_strategy_takes_the_place_of_the_launch_type(self) -> None:
        strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
        created = self.ecs.create_service(
            cluster=self.cluster,
            serviceName=self.service,
            taskDefinition=self.first,
            desiredCount=1,
            networkConfiguration=self.where,
            capacityProviderStrategy=strategy,
        )["service"]
        self.assertEqual((created.get("launchType"), created["capacityProviderStrategy"]), (None, strategy))

    def test_deployment_moves_to_the_new_task_definition(self) -> None:
        before = self.create()["deployments"][0]["id"]
        self.update(taskDefinition=self.second)
        deployment = self.shown()["deployments"][0]
        self.assertEqual((deployment["taskDefinition"], deployment["status"]), (self.second, "PRIMARY"))
        self.assertNotEqual(deployment["id"], before)
        self.assertEqual({t["taskDefinitionArn"] for t in self.tasks()}, {self.second})

    def test_forced_deployment_is_a_new_one(self) -> None:
        before = self.create()["deployments"][0]["id"]
        self.assertNotEqual(self.update(forceNewDeployment=True)["deployments"][0]["id"], before)

    def test_desired_count_moves_tasks_and_deployment(self) -> None:
        identifier = self.create()["deployments"][0]["id"]
        for count in (3, 1):
            service = self.update(desiredCount=count)
            deployment = service["deployments"][0]
            self.assertEqual(
                (service["runningCount"], deployment["desiredCount"], deployment["runningCount"]), (count,) * 3
            )
            self.assertEqual((deployment["id"], len(self.tasks())), (identifier, count))

    def test_exists_once(self) -> None:
        self.create()
        self.refused("InvalidParameterException", self.create)

    def test_deleted_service_leaves_no_tasks(self) -> None:
        self.create()
        self.ecs.delete_service(cluster=self.cluster, service=self.service, force=True)
        self.assertEqual((self.tasks(), self.ecs.list_services(cluster=self.cluster)["serviceArns"]), ([], []))
        self.assertEqual(self.create()["status"], "ACTIVE")


class ServiceTasks(Ecs):
    def test_are_listed_by_service(self) -> None:
        other = name("svc")
        self.create()
        self.create(serviceName=other, desiredCount=1)
        self.assertEqual((len(self.tasks()), len(self.tasks(serviceName=other))), (2, 1))

    def test_say_what_runs(self) -> None:
        deployment = self.create()["deployments"][0]
        tasks = self.tasks()
        self.assertEqual(sorted(task["availabilityZone"][-1] for task in tasks), ["a", "b"])
        for task in tasks:
            self.assertEqual((task["group"], task["startedBy"]), (f"service:{self.service}", deployment["id"]))
            self.assertEqual(
                (task["lastStatus"], task["healthStatus"], task["launchType"]), ("RUNNING", "HEALTHY", "FARGATE")
            )
            names = [c["name"] for c in task["containers"] if not c["name"].startswith(AGENT)]
            self.assertEqual((names, len(task["containers"])), (["app", "side"], 3))
            self.assertEqual(own(task)["imageDigest"], "sha256:" + "a" * 64)

    def test_digest_of_a_tag_is_the_one_in_the_registry(self) -> None:
        repository, (text, digest) = name("repo"), manifest()
        client("ecr").create_repository(repositoryName=repository)
        client("ecr").put_image(repositoryName=repository, imageManifest=text, imageTag="v1")
        self.create(taskDefinition=self.register("", f"{REGISTRY}/{repository}:v1"), desiredCount=1)
        self.assertEqual(own(self.tasks()[0])["imageDigest"], digest)

    def test_are_targets_while_they_run(self) -> None:
        elb = client("elbv2")
        group = elb.create_target_group(
            Name=name("tg"), Protocol="HTTP", Port=80, TargetType="ip", VpcId=network()["vpc"]
        )["TargetGroups"][0]["TargetGroupArn"]
        listening(group)
        self.create(loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 3001}])
        health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        self.assertEqual([h["TargetHealth"]["State"] for h in health], ["healthy", "healthy"])
        self.update(desiredCount=0)
        self.assertEqual(elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"], [])

    def test_stopped_one_is_replaced(self) -> None:
        self.create()
        stopped = self.tasks()[0]["taskArn"]
        self.ecs.stop_task(cluster=self.cluster, task=stopped)
        running = [task["taskArn"] for task in self.tasks()]
        self.assertEqual(len(running), 2)
        self.assertNotIn(stopped, running)


class Scenarios(Ecs):
    def test_failed_deployment_rolls_back(self) -> None:
        before = self.create()["deployments"][0]["id"]
        self.scenario(compute={"rollback": [self.service]})
        self.update(taskDefinition=self.second)
        service = self.shown()
        self.assertEqual((service["taskDefinition"], len(service["deployments"])), (self.first, 1))
        deployment = service["deployments"][0]
        self.assertEqual((deployment["taskDefinition"], deployment["rolloutState"]), (self.first, "COMPLETED"))
        self.assertIn("circuit breaker", deployment["rolloutStateReason"])
        self.assertNotEqual(deployment["id"], before)

    def test_first_deployment_has_nothing_to_roll_back_to(self) -> None:
        self.scenario(compute={"rollback": [self.service]})
        service = self.create()
        self.assertEqual((service["deployments"][0]["rolloutState"], service["runningCount"]), ("FAILED", 0))

    def test_without_a_breaker_it_goes_on_trying(self) -> None:
        self.create(deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100})
        self.scenario(compute={"rollback": [self.service]})
        states = [
            (d["status"], d["rolloutState"], d["runningCount"])
            for d in self.update(taskDefinition=self.second)["deployments"]
        ]
        self.assertEqual(states, [("PRIMARY", "IN_PROGRESS", 0), ("ACTIVE", "COMPLETED", 2)])
        again = [d["status"] for d in self.update(forceNewDeployment=True)["deployments"]]
        self.assertEqual((again, len(self.tasks())), (["PRIMARY", "ACTIVE"], 2))

    def test_pinned_service_waits_until_it_is_let_go(self) -> None:
        self.create()
        self.scenario(compute={"pinned": {self.service: 1}})
        self.assertEqual(self.update(taskDefinition=self.second)["deployments"][0]["rolloutState"], "IN_PROGRESS")
        self.scenario()
        self.assertEqual(
            [(d["taskDefinition"], d["rolloutState"]) for d in self.shown()["deployments"]],
            [(self.second, "COMPLETED")],
        )


class OneOff(Ecs):
    def run_task(self, **more: object) -> str:
        return self.ecs.run_task(
            cluster=self.cluster, taskDefinition=self.first, networkConfiguration=self.where, **more
        )["tasks"][0]["taskArn"]

    def look(self, task: str) -> dict:
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=[task])["tasks"][0]

    def test_has_an_exit_code_once_it_has_stopped(self) -> None:
        task = self.run_task(launchType="FARGATE", startedBy="release-1")
        running = self.look(task)
        self.assertEqual(
            (running["lastStatus"], [c.get("exitCode") for c in running["containers"]]), ("RUNNING", [None, None, None])
        )
        stopped = self.look(task)
        self.assertEqual((stopped["lastStatus"], stopped["stopCode"]), ("STOPPED", "EssentialContainerExited"))
        self.assertEqual([own(stopped, c)["exitCode"] for c in ("app", "side")], [0, 0])
        self.assertEqual(
            [t["startedBy"] for t in self.tasks(desiredStatus="STOPPED", startedBy="release-1")], ["release-1"]
        )

    def test_exit_code_is_the_scenarios(self) -> None:
        self.scenario(compute={"exitCodes": {self.family: 3}})
        task = self.run_task()
        self.look(task)
        stopped = self.look(task)
        self.assertEqual([own(stopped, c)["exitCode"] for c in ("app", "side")], [3, 0])

    def test_may_fail_before_it_has_an_exit_code(self) -> None:
        self.scenario(compute={"failToStart": [self.family]})
        stopped = self.look(self.run_task())
        self.assertEqual((stopped["lastStatus"], stopped["stopCode"]), ("STOPPED", "TaskFailedToStart"))
        self.assertNotIn("exitCode", own(stopped))

    def test_shows_the_agent_that_guardduty_adds(self) -> None:
        self.scenario(compute={"exitCodes": {self.family: 1}})
        seen, names = set(), set()
        for _ in range(2):
            task = self.run_task()
            running, stopped = self.look(task), self.look(task)
            (agent,) = (c for c in running["containers"] if c["name"].startswith(AGENT))
            self.assertEqual((agent["lastStatus"], agent.get("exitCode")), ("RUNNING", None))
            self.assertNotIn(agent["name"], [c["name"] for c in self.definition()["containerDefinitions"]])
            self.assertNotEqual(agent["imageDigest"], own(running)["imageDigest"])
            at = [c["name"] for c in stopped["containers"]].index(agent["name"])
            seen.add((at, own(stopped, agent["name"])["exitCode"]))
            names.add(agent["name"])
            self.assertEqual(own(stopped)["exitCode"], 1)
        self.assertEqual(seen, {(0, 0), (2, 143)}, "first with 0 and last with 143, in turn")
        self.assertEqual(len(names), 2)

    def test_that_fails_to_start_has_an_agent_that_ran(self) -> None:
        self.scenario(compute={"failToStart": [self.family]})
        stopped = self.look(self.run_task())
        codes = [c["exitCode"] for c in stopped["containers"] if c["name"].startswith(AGENT)]
        self.assertIn(codes, ([0], [143]))
        self.assertNotIn("exitCode", own(stopped))

    def definition(self) -> dict:
        return self.ecs.describe_task_definition(taskDefinition=self.first)["taskDefinition"]

    def test_is_the_same_for_the_same_token(self) -> None:
        self.assertEqual(self.run_task(clientToken="release-1"), self.run_task(clientToken="release-1"))

    def test_unknown_one_is_a_failure(self) -> None:
        answer = self.ecs.describe_tasks(cluster=self.cluster, tasks=["none"])
        self.assertEqual((answer["tasks"], answer["failures"]), ([], [{"arn": "none", "reason": "MISSING"}]))
