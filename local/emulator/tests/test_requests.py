"""Faults, refusals, the journal, and how a call is told from its request. Does not prove how a client retries."""

import io
import json
import time
import unittest

from awslocal.calls import identify
from tests.support import Case, client, data, name


class Faults(Case):
    def test_apply_as_often_as_told(self) -> None:
        ecr = client("ecr")
        self.scenario(
            faults=[
                {"match": "ecr:Describe.*", "times": 2, "status": 400, "code": "ThrottlingException", "message": "slow"}
            ]
        )
        for _ in range(2):
            self.assertIn("slow", str(self.refused("ThrottlingException", ecr.describe_repositories)))
        ecr.describe_repositories()
        ecr.describe_registry()

    def test_speak_each_protocol(self) -> None:
        calls = {
            "ec2": client("ec2").describe_vpcs,
            "ecs": client("ecs").list_clusters,
            "route53": client("route53").list_hosted_zones,
            "s3": client("s3").list_buckets,
            "rds": client("rds").describe_db_instances,
            "cloudwatch": client("cloudwatch").describe_alarms,
            "backup": client("backup").list_backup_vaults,
        }
        self.scenario(
            faults=[{"match": ".*", "times": len(calls), "status": 503, "code": "ServiceUnavailable", "message": "no"}]
        )
        for service, call in calls.items():
            with self.subTest(service):
                error = self.refused("ServiceUnavailable", call)
                self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 503)

    def test_leave_no_trace(self) -> None:
        ecr, repository = client("ecr"), name("repo")
        self.scenario(faults=[{"match": "ecr:CreateRepository", "status": 500, "code": "ServerException"}])
        self.refused("ServerException", ecr.create_repository, repositoryName=repository)
        ecr.create_repository(repositoryName=repository)

    def test_may_only_delay(self) -> None:
        self.scenario(faults=[{"match": "ecr:DescribeRegistry", "delaySeconds": 0.3}])
        begin = time.monotonic()
        client("ecr").describe_registry()
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_changed_file_starts_anew(self) -> None:
        fault = {"match": "ecr:DescribeRegistry", "status": 400, "code": "ThrottlingException"}
        for _ in range(2):
            self.scenario(faults=[fault])
            self.refused("ThrottlingException", client("ecr").describe_registry)
            client("ecr").describe_registry()


class Unimplemented(Case):
    def test_is_refused_at_once_by_name(self) -> None:
        for service, method, action, arguments in (
            (
                "ec2",
                "modify_vpc_block_public_access_options",
                "ec2:ModifyVpcBlockPublicAccessOptions",
                {"InternetGatewayBlockMode": "off"},
            ),
            ("rds", "describe_pending_maintenance_actions", "rds:DescribePendingMaintenanceActions", {}),
            ("cloudwatch", "describe_anomaly_detectors", "cloudwatch:DescribeAnomalyDetectors", {}),
            ("xray", "get_groups", "xray:GetGroups", {}),
            ("oam", "list_links", "oam:ListLinks", {}),
        ):
            with self.subTest(action):
                error = self.refused("EmulatorNotImplemented", getattr(client(service), method), **arguments)
                self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
                self.assertIn(action, str(error))

    def test_what_is_not_there_is_still_not_found(self) -> None:
        self.refused("NoSuchBucket", client("s3").list_objects_v2, Bucket=name())
        self.refused("404", client("s3").head_bucket, Bucket=name())


class Journal(Case):
    def test_has_the_calls_in_order_without_their_parameters(self) -> None:
        secret = name("secret")
        client("secretsmanager").create_secret(Name=secret, SecretString="do-not-write-this")
        client("secretsmanager").describe_secret(SecretId=secret)
        text = (data() / "calls.jsonl").read_text()
        entries = [json.loads(line) for line in text.splitlines()][-2:]
        self.assertEqual(
            [(e["call"], e["status"]) for e in entries],
            [("secretsmanager:CreateSecret", 200), ("secretsmanager:DescribeSecret", 200)],
        )
        self.assertNotIn("do-not-write-this", text)


class Identify(unittest.TestCase):
    def call(
        self, service: str, method: str = "POST", path: str = "/", query: str = "", body: bytes = b"", **headers: str
    ) -> str:
        scope = f"test/20250101/ap-southeast-2/{service}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        return str(
            identify(
                {
                    "REQUEST_METHOD": method,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "HTTP_AUTHORIZATION": signature,
                    "CONTENT_LENGTH": str(len(body)),
                    "wsgi.input": io.BytesIO(body),
                    **headers,
                }
            )
        )

    def test_by_target(self) -> None:
        self.assertEqual(
            self.call("ecs", HTTP_X_AMZ_TARGET="AmazonEC2ContainerServiceV20141113.UpdateService"), "ecs:UpdateService"
        )

    def test_by_form(self) -> None:
        form = {
            "body": b"Action=CreateLoadBalancer&Version=2015-12-01",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
        }
        self.assertEqual(self.call("elasticloadbalancing", **form), "elbv2:CreateLoadBalancer")

    def test_by_path_and_query(self) -> None:
        for method, path, query, headers, expected in (
            ("GET", "/", "", {}, "ListBuckets"),
            ("PUT", "/b", "", {}, "CreateBucket"),
            ("PUT", "/b", "policy=", {}, "PutBucketPolicy"),
            ("GET", "/b/", "list-type=2&prefix=a", {}, "ListObjectsV2"),
            ("PUT", "/b/k/l", "x-id=PutObject", {}, "PutObject"),
            ("PUT", "/b/k", "", {"HTTP_X_AMZ_COPY_SOURCE": "/b/l"}, "CopyObject"),
            ("PUT", "/b/k", "partNumber=1&uploadId=x", {}, "UploadPart"),
            ("HEAD", "/b/k", "", {}, "HeadObject"),
        ):
            with self.subTest(expected):
                self.assertEqual(self.call("s3", method, path, query, **headers), f"s3:{expected}")

    def test_unknown_action_and_no_service(self) -> None:
        self.assertEqual(self.call("nothing"), "nothing:unknown")
        self.assertIsNone(identify({"REQUEST_METHOD": "GET", "PATH_INFO": "/moto-api/data.json"}))
