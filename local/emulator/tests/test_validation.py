"""Every request against AWS's own models. Does not prove that AWS's services keep to what their models say."""

import functools
import unittest
from typing import Any

import boto3
from botocore.config import Config
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.session import Session

from awslocal import validation
from awslocal.calls import identify
from awslocal.validation import parsing, patterns, refusals
from tests import requests_of
from tests.support import REGION, Case, address, client, name

# Of what the program declares, and of each protocol at least one.
SERVICES = (
    "acm application-autoscaling budgets cloudwatch ec2 ecr ecs elasticache elbv2 events guardduty iam kms logs rds "
    "resourcegroupstaggingapi route53 s3 secretsmanager service-quotas ses sesv2 sns sts wafv2"
).split()


@functools.cache
def unchecked(service: str) -> Any:
    """A client that sends whatever it is told to, as botocore's own validator would refuse some of it first."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=address(),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )


ALARM = {
    "AlarmName": name("alarm"),
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
TRUST = '{"Version": "2012-10-17", "Statement": []}'

# service, method, what both have, what is refused, its code and words, what is accepted
CASES: tuple[tuple[str, str, dict[str, Any], dict[str, Any], str, str, dict[str, Any]], ...] = (
    ("iam", "create_role", {"AssumeRolePolicyDocument": TRUST}, {"RoleName": "a b"}, "ValidationError",
     r"Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+",
     {"RoleName": name("role")}),
    ("iam", "create_role", {"AssumeRolePolicyDocument": TRUST}, {"RoleName": "a" * 65}, "ValidationError",
     "Member must have length less than or equal to 64", {"RoleName": "a" * 64}),
    ("iam", "create_role", {"AssumeRolePolicyDocument": TRUST}, {}, "ValidationError",
     "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
     {"RoleName": name("role")}),
    ("iam", "create_role", {"AssumeRolePolicyDocument": TRUST}, {"RoleName": "r", "Tags": [{"Key": "", "Value": ""}]},
     "ValidationError", "at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than",
     {"RoleName": name("role"), "Tags": [{"Key": "é k", "Value": ""}]}),
    ("logs", "create_log_group", {}, {"logGroupName": "a b"}, "InvalidParameterException", "at 'logGroupName'",
     {"logGroupName": name("/a")}),
    ("ecr", "create_repository", {}, {"repositoryName": "Upper"}, "InvalidParameterException", "at 'repositoryName'",
     {"repositoryName": name("lower")}),
    ("kms", "create_key", {}, {"KeyUsage": "NOTHING"}, "ValidationException", "Member must satisfy enum value set: [SIGN_",
     {"KeyUsage": "ENCRYPT_DECRYPT"}),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, {"InstanceTenancy": "shared"}, "InvalidParameterValue",
     "at 'instanceTenancy'", {"InstanceTenancy": "default"}),
    ("ec2", "create_security_group", {"GroupName": name()}, {}, "MissingParameter",
     "The request must contain the parameter Description", {"Description": "d"}),
    ("rds", "create_db_instance", {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "AllocatedStorage": 20}, {},
     "MissingParameter", "DBInstanceIdentifier", {"DBInstanceIdentifier": name("db")}),
    ("cloudwatch", "put_metric_alarm", ALARM, {"EvaluationPeriods": 0}, "ValidationError",
     "Member must have value greater than or equal to 1", {"EvaluationPeriods": 1}),
    ("ecs", "create_cluster", {}, {"clusterName": 5}, "SerializationException", "clusterName", {"clusterName": name()}),
    ("secretsmanager", "create_secret", {"Name": name()}, {"SecretString": "s" * 65537}, "ValidationException",
     "Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
     {"SecretString": "s" * 65536}),
    ("application-autoscaling", "describe_scalable_targets", {}, {"ServiceNamespace": "abacus"}, "ValidationException",
     "at 'serviceNamespace'", {"ServiceNamespace": "ecs"}),
    ("sesv2", "put_suppressed_destination", {"EmailAddress": "a@b.test"}, {"Reason": "OTHER"}, "BadRequestException",
     "at 'reason'", {"Reason": "BOUNCE"}),
    ("route53", "list_hosted_zones", {}, {"MaxItems": "1", "Marker": "m" * 65}, "InvalidInput", "at 'marker'", {"MaxItems": "1"}),
)  # fmt: skip


class Refused(Case):
    def test_what_a_model_does_not_allow(self) -> None:
        for service, method, both, refused, code, words, accepted in CASES:
            with self.subTest(f"{service}.{method} {str(refused)[:40]}"):
                error = self.refused(code, getattr(unchecked(service), method), **both, **refused)
                self.assertIn(words, str(error))
                self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
                if (service, method) != ("sesv2", "put_suppressed_destination"):  # which moto does not have
                    getattr(unchecked(service), method)(**both, **accepted)

    def test_a_document_of_s3_is_malformed_and_a_header_is_not(self) -> None:
        s3, bucket = unchecked("s3"), name("bucket")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        versioning = {"Bucket": bucket, "VersioningConfiguration": {"Status": "on"}}
        self.refused("MalformedXML", s3.put_bucket_versioning, **versioning)
        self.refused("InvalidArgument", s3.put_object, Bucket=bucket, Key="k", ACL="everybody")
        self.refused("InvalidStorageClass", s3.put_object, Bucket=bucket, Key="k", StorageClass="CHEAP")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=bucket, Key="a/b%2F c/", Body=b"\xff\x00", ACL="private")
        self.assertEqual(s3.get_object(Bucket=bucket, Key="a/b%2F c/")["Body"].read(), b"\xff\x00")

    def test_what_cannot_be_read(self) -> None:
        """What no SDK sends: each request is changed on its way, and accepted when it is not."""
        bucket = name("bucket")
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        versioning = {"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}}
        for service, method, arguments, change, code in (
            ("ec2", "describe_vpcs", {}, lambda body: {**body, "Cidr": "10.0.0.0/16"}, "UnknownParameter"),
            ("ec2", "describe_vpcs", {}, lambda body: {**body, "DryRun": "perhaps"}, "InvalidParameterValue"),
            ("ec2", "describe_vpcs", {}, lambda body: {**body, "MaxResults": "many"}, "InvalidParameterValue"),
            ("ecs", "list_clusters", {}, lambda _: b'{"maxResults": {}}', "SerializationException"),
            ("ecs", "describe_clusters", {}, lambda _: b'{"clusters": "all"}', "SerializationException"),
            ("ecs", "list_clusters", {}, lambda _: b"{", "SerializationException"),
            ("s3", "put_bucket_versioning", versioning, lambda body: body.replace(b"Status>", b"State>"), "MalformedXML"),
            ("s3", "put_bucket_versioning", versioning, lambda body: body[:-5], "MalformedXML"),
        ):
            with self.subTest(f"{service}.{method} {code}"):

                def on_its_way(params: dict[str, Any], change: Any = change, **_: Any) -> None:
                    params["body"] = change(params["body"])

                events = unchecked(service).meta.events
                events.register("before-call", on_its_way)
                try:
                    self.refused(code, getattr(unchecked(service), method), **arguments)
                finally:
                    events.unregister("before-call", on_its_way)
                getattr(unchecked(service), method)(**arguments)


class Layer(unittest.TestCase):
    def answered(self, **environ: Any) -> bytes:
        def inside(environ: dict[str, Any], _: Any) -> list[bytes]:
            return [repr(environ.get(validation.PARAMETERS)).encode()]

        return b"".join(validation.Validation(inside)(environ, lambda *_: None))

    def request(self, service: str, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        model = _model(service)
        environ = requests_of.environ(model, model.operation_model(operation), asked)
        return {**environ, "awslocal.call": identify(environ)}

    def test_leaves_the_parameters_for_the_layers_inside(self) -> None:
        asked = {"Bucket": "b", "Key": "k", "ACL": "private"}
        self.assertIn(b"'Key': 'k'", self.answered(**self.request("s3", "PutObject", asked)))

    def test_lets_pass_what_is_not_signed_in_a_header(self) -> None:
        environ = self.request("s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "everybody"})
        self.assertIn(b"InvalidArgument", self.answered(**environ))
        del environ["HTTP_AUTHORIZATION"]
        self.assertEqual(self.answered(**environ), b"None")

    def test_lets_pass_what_no_parser_reads(self) -> None:
        environ = self.request("cloudwatch", "PutMetricAlarm", {"AlarmName": ""})
        self.assertIn(b"ValidationError", self.answered(**environ))
        environ["awslocal.call"] = identify({**environ, "CONTENT_TYPE": "application/cbor"})
        self.assertEqual(self.answered(**environ), b"None")


class Models(unittest.TestCase):
    def test_every_operation_is_read_as_it_was_asked_for(self) -> None:
        """A request of botocore's own serializer, read back, gives the very parameters that it was made from."""
        for service in SERVICES:
            model = _model(service)
            for operation in (model.operation_model(each) for each in model.operation_names):
                if operation.deprecated or operation.input_shape is None or operation.name in ALIKE:
                    continue
                with self.subTest(f"{service}:{operation.name}"):
                    asked = requests_of.parameters(operation.input_shape)
                    environ = requests_of.environ(model, operation, asked)
                    call = identify(environ)
                    self.assertEqual(str(call), f"{service}:{operation.name}")
                    read = parsing.parse(call, validation._operation(call), environ)
                    self.assertEqual({key: read.get(key) for key in asked}, asked)

    def test_every_pattern_is_compared_or_listed_with_its_reason(self) -> None:
        unreadable = {
            (service, shape)
            for service in Session().get_available_services()
            for shape, definition in create_loader().load_service_model(service, "service-2")["shapes"].items()
            if "pattern" in definition and patterns.compiled(definition["pattern"]) is None
        }
        self.assertEqual(unreadable, set(patterns.UNREADABLE))

    def test_patterns_are_javas(self) -> None:
        for pattern, value, fits in (
            (r"[\w+=,.@-]+", "a-b", True),
            (r"[\w+=,.@-]+", "a b", False),  # the whole, as the older services have it
            (r"[\w+=,.@-]+", "é", False),  # \w is of ASCII in Java
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "é 1", True),
            (r"\p{Print}+", "aé", False),
            (r"^arn:", "arn:aws:s3:::b", True),  # anchored by itself
            (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a\U0001f600", True),
            (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "\x07", False),
        ):
            with self.subTest(f"{pattern} {value!r}"):
                self.assertEqual(patterns.fits(pattern, value), fits)

    def test_every_code_has_a_service_and_a_source(self) -> None:
        services = set(Session().get_available_services())
        for table in (refusals.BY_SERVICE, refusals.MISSING_BY_SERVICE):
            for service, (code, source) in table.items():
                self.assertIn(service, services)
                self.assertRegex(source, r"^https://\S+$", code)


# Two operations of S3 that a request cannot be told from the first of: only the host differs.
ALIKE = ("ListDirectoryBuckets",)


@functools.cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)
