"""What AWS refuses of ECS, a test for each row of rules/table.py, and the quota of Fargate. Does not prove that AWS refuses it: the table names the document that says so."""

from typing import Any

from moto.ecs.models import ecs_backends

from awslocal import fargate
from tests.support import ACCOUNT, REGION, Case, client, listening, name, network, target_group


class Ecs(Case):
    def setUp(self) -> None:
        self.ecs, self.cluster, self.family = client("ecs"), name("cluster"), name("family")
        self.ecs.create_cluster(clusterName=self.cluster)

    def definition(self, **more: Any) -> dict[str, Any]:
        return {
            "family": self.family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "1024",
            "memory": "2048",
            "containerDefinitions": [{"name": "app", "image": "app", "portMappings": [{"containerPort": 80}]}],
            **more,
        }

    def service(self, **more: Any) -> dict[str, Any]:
        network_configuration = {"subnets": network()["subnets"], "securityGroups": [network()["group"]]}
        return {
            "cluster": self.cluster,
            "serviceName": name("svc"),
            "taskDefinition": self.family,
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network_configuration},
            **more,
        }


class Containers(Ecs):
    def test_no_such_size(self) -> None:
        for cpu, memory, fits in (
            ("256", "512", True), ("256", "1024", True), ("256", "1536", False), ("512", "4096", True),
            ("512", "5120", False), ("1 vCPU", "8 GB", True), ("1024", "1024", False), ("8192", "20480", True),
            ("8192", "21504", False), ("300", "1024", False), ("1024", "", False),
        ):  # fmt: skip
            with self.subTest(f"{cpu} {memory}"):
                asked = self.definition(cpu=cpu, memory=memory)
                if fits:
                    self.ecs.register_task_definition(**asked)
                else:
                    self.refused("ClientException", self.ecs.register_task_definition, **asked)
        self.ecs.register_task_definition(**self.definition(requiresCompatibilities=["EC2"], cpu="300"))

    def test_other_network(self) -> None:
        self.refused("ClientException", self.ecs.register_task_definition, **self.definition(networkMode="bridge"))
        self.ecs.register_task_definition(**self.definition())

    def test_no_execution_role(self) -> None:
        log = {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}
        secret = {"name": "S", "valueFrom": "arn:aws:secretsmanager:x:1:secret:s"}
        for more in ({"logConfiguration": log}, {"secrets": [secret]}):
            asked = self.definition(containerDefinitions=[{"name": "app", "image": "app", **more}])
            self.refused("ClientException", self.ecs.register_task_definition, **asked)
            self.ecs.register_task_definition(**asked, executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r")

    def test_group_without_balancer(self) -> None:
        self.ecs.register_task_definition(**self.definition())
        group = target_group()
        behind = [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}]
        error = self.refused("InvalidParameterException", self.ecs.create_service, **self.service(loadBalancers=behind))
        self.assertIn("does not have an associated load balancer", str(error))
        listening(group)
        self.ecs.create_service(**self.service(loadBalancers=behind))

    def test_no_such_container(self) -> None:
        self.ecs.register_task_definition(**self.definition())
        group = target_group()
        listening(group)
        for container, port in (("other", 80), ("app", 81)):
            behind = [{"targetGroupArn": group, "containerName": container, "containerPort": port}]
            self.refused("InvalidParameterException", self.ecs.create_service, **self.service(loadBalancers=behind))
        behind = [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}]
        self.ecs.create_service(**self.service(loadBalancers=behind, taskDefinition=f"{self.family}:1"))

    def test_cluster_has_services(self) -> None:
        self.ecs.register_task_definition(**self.definition())
        service = self.ecs.create_service(**self.service(desiredCount=0))["service"]["serviceName"]
        self.refused("ClusterContainsServicesException", self.ecs.delete_cluster, cluster=self.cluster)
        self.ecs.delete_service(cluster=self.cluster, service=service)
        self.ecs.delete_cluster(cluster=self.cluster)


class Quota(Ecs):
    """The quota of Fargate refuses no call for a service, so it is no row of the table."""

    def setUp(self) -> None:
        super().setUp()
        self.ecs.register_task_definition(**self.definition())
        self.used = fargate.used(ecs_backends[ACCOUNT][REGION])  # by other tests

    def limit(self, vcpus: float) -> None:
        self.scenario(account={"fargateVCPUs": self.used + vcpus})

    def shown(self, service: str) -> dict[str, Any]:
        return self.ecs.describe_services(cluster=self.cluster, services=[service])["services"][0]

    def test_service_says_that_it_finds_no_place_and_gets_on_when_it_does(self) -> None:
        self.limit(2)
        service = self.ecs.create_service(**self.service(desiredCount=3))["service"]
        self.assertEqual((service["runningCount"], service["deployments"][0]["rolloutState"]), (2, "IN_PROGRESS"))
        message = self.shown(service["serviceName"])["events"][0]["message"]
        self.assertEqual(
            message,
            f"(service {service['serviceName']}) was unable to place a task. Reason: You've reached the limit on the "
            "number of vCPUs you can run concurrently.",
        )
        self.limit(3)
        service = self.shown(service["serviceName"])
        self.assertEqual((service["runningCount"], service["deployments"][0]["rolloutState"]), (3, "COMPLETED"))

    def test_one_off_task_is_refused(self) -> None:
        self.limit(1.5)
        task = {"cluster": self.cluster, "taskDefinition": self.family}
        where = self.service()["networkConfiguration"]
        error = self.refused("ClientException", self.ecs.run_task, **task, networkConfiguration=where, count=2)
        self.assertIn("You've reached the limit on the number of vCPUs you can run concurrently", str(error))
        self.ecs.run_task(**task, networkConfiguration=where)
        self.refused("ClientException", self.ecs.run_task, **task, networkConfiguration=where)

    def test_service_quotas_says_the_same_number(self) -> None:
        quotas, which = client("service-quotas"), {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}
        self.assertEqual(quotas.get_service_quota(**which)["Quota"]["Value"], 4000)
        self.scenario(account={"fargateVCPUs": 12})
        self.assertEqual(quotas.get_service_quota(**which)["Quota"]["Value"], 12)
        self.assertEqual(quotas.list_service_quotas(ServiceCode="fargate")["Quotas"][0]["Value"], 12)
        self.assertEqual(quotas.get_aws_default_service_quota(**which)["Quota"]["Value"], 6)
        self.refused("NoSuchResourceException", quotas.get_service_quota, ServiceCode="fargate", QuotaCode="L-00000000")
