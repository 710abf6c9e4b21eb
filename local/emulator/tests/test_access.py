"""What a role may do when it calls AWS. The policies are the program's own, with names of their own.

Does not prove that AWS decides in the same way: the rules are those of its documentation.
"""

from typing import Any

from tests.roles import Role, allow, document
from tests.support import ACCOUNT, REGION, Case, client, name

KEYS = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def via(service: str) -> dict[str, Any]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}


def refuses(case: Case, code: str, text: str, call: Any, **arguments: Any) -> None:
    case.assertIn(text, str(case.refused(code, call, **arguments)))


def because(role: Role, action: str, resource: str, why: str = "") -> str:
    why = why or f"because no identity-based policy allows the {action} action"
    return f"User: {role.session} is not authorized to perform: {action} on resource: {resource} {why}"


class Documents(Case):
    """A bucket with a key of its own, used as the application uses it."""

    def setUp(self) -> None:
        self.s3, self.bucket = client("s3"), name("documents")
        self.key = client("kms").create_key()["KeyMetadata"]["Arn"]
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}}
        configuration = {"Rules": [{**rule, "BucketKeyEnabled": True}]}
        self.s3.put_bucket_encryption(Bucket=self.bucket, ServerSideEncryptionConfiguration=configuration)
        self.arn = f"arn:aws:s3:::{self.bucket}"
        self.list = allow("s3:ListBucket", self.arn)
        objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        self.use = allow(objects, self.arn + "/*")
        self.encrypt = allow(["kms:Decrypt", "kms:GenerateDataKey"], self.key, Condition=via("s3"))

    def test_program_policy_lets_the_application_work(self) -> None:
        s3 = Role(self.list, self.use, self.encrypt).client("s3")
        s3.head_bucket(Bucket=self.bucket)
        s3.put_object(Bucket=self.bucket, Key="a/b.json", Body=b"{}", ContentType="application/json")
        self.assertEqual(s3.get_object(Bucket=self.bucket, Key="a/b.json")["Body"].read(), b"{}")
        self.assertEqual(s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 1)
        upload = s3.create_multipart_upload(Bucket=self.bucket, Key="big")["UploadId"]
        part = s3.upload_part(Bucket=self.bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"1")["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
        s3.complete_multipart_upload(Bucket=self.bucket, Key="big", UploadId=upload, MultipartUpload=parts)
        s3.delete_object(Bucket=self.bucket, Key="big")
        self.refused("NoSuchKey", s3.get_object, Bucket=self.bucket, Key="big")

    def test_each_missing_statement_shows(self) -> None:
        at = {"Bucket": self.bucket, "Key": "k"}
        self.s3.put_object(**at, Body=b"x")
        every = {"list": self.list, "use": self.use, "encrypt": self.encrypt}
        for missing, method, arguments, action, resource in (
            ("list", "list_objects_v2", {"Bucket": self.bucket}, "s3:ListBucket", self.arn),
            ("list", "get_object", {"Bucket": self.bucket, "Key": "none"}, "s3:ListBucket", self.arn),
            ("use", "put_object", {**at, "Body": b"x"}, "s3:PutObject", self.arn + "/k"),
            ("use", "get_object", at, "s3:GetObject", self.arn + "/k"),
            ("encrypt", "put_object", {**at, "Body": b"x"}, "kms:GenerateDataKey", self.key),
            ("encrypt", "get_object", at, "kms:Decrypt", self.key),
            ("encrypt", "create_multipart_upload", at, "kms:GenerateDataKey", self.key),
        ):
            with self.subTest(missing=missing, method=method):
                role = Role(*(s for n, s in every.items() if n != missing))
                call = getattr(role.client("s3"), method)
                refuses(self, "AccessDenied", because(role, action, f'"{resource}"'), call, **arguments)
        self.refused("403", Role(self.use).client("s3").head_bucket, Bucket=self.bucket)

    def test_what_the_policy_does_not_give(self) -> None:
        role = Role(self.list, self.use, self.encrypt)
        s3, version = role.client("s3"), self.s3.put_object(Bucket=self.bucket, Key="k", Body=b"x").get("VersionId", "null")
        for method, arguments, action, resource in (
            ("list_buckets", {}, "s3:ListAllMyBuckets", "*"),
            ("delete_object", {"Key": "k", "VersionId": version}, "s3:DeleteObjectVersion", self.arn + "/k"),
            ("put_object", {"Key": "k", "Tagging": "a=b"}, "s3:PutObjectTagging", self.arn + "/k"),
            ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {"Rules": [{"BucketKeyEnabled": True}]}}, "s3:PutEncryptionConfiguration", self.arn),
            ("get_bucket_policy", {}, "s3:GetBucketPolicy", self.arn),
            ("copy_object", {"Key": "c", "CopySource": "elsewhere/k"}, "s3:GetObject", "arn:aws:s3:::elsewhere/k"),
        ):
            with self.subTest(method):
                at = arguments if method == "list_buckets" else {"Bucket": self.bucket, **arguments}
                refuses(self, "AccessDenied", because(role, action, f'"{resource}"'), getattr(s3, method), **at)
        s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "k"}]})

    def test_bucket_policy(self) -> None:
        role = Role()
        s3, at = role.client("s3"), {"Bucket": self.bucket, "Key": "k"}
        self.s3.put_bucket_encryption(
            Bucket=self.bucket,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        )
        give = allow("s3:PutObject", self.arn + "/*", Principal={"AWS": role.arn})
        tls = {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [self.arn, self.arn + "/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }  # fmt: skip
        for statements, allowed in (
            ([give, tls], True),
            ([give, {**give, "Effect": "Deny"}], False),
            ([{**give, "Principal": {"AWS": ROOT}}], False),
            ([{**give, "Principal": {"AWS": role.arn + "x"}}], False),
            ([{**give, "Condition": {"StringEquals": {"s3:x-amz-acl": "public-read"}}}], False),
            ([{**give, "Principal": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": role.arn}}}], True),
        ):
            with self.subTest(statements):
                self.s3.put_bucket_policy(Bucket=self.bucket, Policy=document(*statements))
                if allowed:
                    s3.put_object(**at)
                else:
                    self.refused("AccessDenied", s3.put_object, **at)

    def test_key_policy_has_to_let_the_account_in(self) -> None:
        role = Role(self.use, self.encrypt)
        own = allow("kms:*", Principal={"AWS": ROOT}, Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": self.arn}})
        put, at = role.client("s3").put_object, {"Bucket": self.bucket, "Key": "k"}
        client("kms").put_key_policy(KeyId=self.key, PolicyName="default", Policy=document(own))
        put(**at)
        client("kms").put_key_policy(
            KeyId=self.key, PolicyName="default", Policy=document({**own, "Principal": {"AWS": role.arn + "x"}})
        )
        why = "because no resource-based policy allows the kms:GenerateDataKey action"
        refuses(self, "AccessDenied", because(role, "kms:GenerateDataKey", f'"{self.key}"', why), put, **at)


class Sessions(Case):
    def test_credentials(self) -> None:
        role = Role(allow("s3:ListAllMyBuckets"))
        role.client("s3").list_buckets()
        self.assertEqual(Role().client("sts").get_caller_identity()["Arn"].split("/")[0], f"arn:aws:sts::{ACCOUNT}:assumed-role")
        for change in ({"aws_session_token": "other"}, {"aws_access_key_id": "ASIA0000000000000000"}):
            with self.subTest(change):
                self.refused("InvalidClientTokenId", role.client("sns", **change).list_topics)
                self.refused("InvalidAccessKeyId", role.client("s3", **change).list_buckets)
        client("s3").list_buckets()  # the administrator

    def test_narrowed_by_boundary_and_session(self) -> None:
        iam, anything = client("iam"), allow("*")
        limit = iam.create_policy(PolicyName=name(), PolicyDocument=document(allow("sns:*")))["Policy"]["Arn"]
        role = Role(anything, PermissionsBoundary=limit)
        role.client("sns").list_topics()
        why = "because no permissions boundary allows the s3:ListAllMyBuckets action"
        refuses(self, "AccessDenied", because(role, "s3:ListAllMyBuckets", '"*"', why), role.client("s3").list_buckets)
        deny = {"Effect": "Deny", "Action": "s3:List*", "Resource": "*"}
        denied = Role(anything, deny)
        why = "with an explicit deny in an identity-based policy"
        refuses(self, "AccessDenied", because(denied, "s3:ListAllMyBuckets", '"*"', why), denied.client("s3").list_buckets)
        free = Role(anything)
        narrow = free.client("s3", **free.credentials(Policy=document(allow("sns:*"))))
        why = "because no session policy allows the s3:ListAllMyBuckets action"
        refuses(self, "AccessDenied", because(free, "s3:ListAllMyBuckets", '"*"', why), narrow.list_buckets)

    def test_role_tags_are_known(self) -> None:
        role = Role(
            allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
            Tags=[{"Key": "team", "Value": "red"}],
        )
        role.client("s3").list_buckets()
        other = Role(allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))
        self.refused("AccessDenied", other.client("s3").list_buckets)


class Services(Case):
    """One refusal of each protocol, in the words and with the code of its service."""

    def test_refusals(self) -> None:
        role = Role()
        here = f"{REGION}:{ACCOUNT}"
        topic = client("sns").create_topic(Name=name())["TopicArn"]
        client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy",
            AttributeValue=document(allow("sns:Publish", topic, Principal={"Service": "cloudwatch.amazonaws.com"})),
        )  # fmt: skip
        for service, method, arguments, code, status, action, resource in (
            ("sns", "publish", {"TopicArn": topic, "Message": "m"}, "AuthorizationError", 403, "sns:Publish", topic),
            ("logs", "create_log_stream", {"logGroupName": "/g", "logStreamName": "s"}, "AccessDeniedException", 400,
             "logs:CreateLogStream", f"arn:aws:logs:{here}:log-group:/g:log-stream:s"),
            ("logs", "describe_log_groups", {}, "AccessDeniedException", 400,
             "logs:DescribeLogGroups", f"arn:aws:logs:{here}:log-group::log-stream:"),
            ("ecr", "get_authorization_token", {}, "AccessDeniedException", 400, "ecr:GetAuthorizationToken", "*"),
            ("ecr", "list_images", {"repositoryName": "app"}, "AccessDeniedException", 400,
             "ecr:ListImages", f"arn:aws:ecr:{here}:repository/app"),
            ("ecs", "update_service", {"cluster": "c", "service": "s"}, "AccessDeniedException", 400,
             "ecs:UpdateService", f"arn:aws:ecs:{here}:service/c/s"),
            ("rds", "delete_db_instance", {"DBInstanceIdentifier": "d"}, "AccessDenied", 403,
             "rds:DeleteDBInstance", f"arn:aws:rds:{here}:db:d"),
            ("iam", "get_role", {"RoleName": role.name}, "AccessDenied", 403, "iam:GetRole", role.arn),
            ("secretsmanager", "get_secret_value", {"SecretId": "none"}, "AccessDeniedException", 400,
             "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{here}:secret:none-000000"),
            ("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403, "ec2:DescribeVpcs", "*"),
            ("sts", "assume_role", {"RoleArn": role.arn, "RoleSessionName": "other"}, "AccessDenied", 403, "sts:AssumeRole", role.arn),
            ("elbv2", "describe_load_balancers", {}, "AccessDenied", 403, "elasticloadbalancing:DescribeLoadBalancers", "*"),
            ("budgets", "describe_budgets", {"AccountId": ACCOUNT}, "AccessDeniedException", 400, "budgets:ViewBudget", "*"),
        ):  # fmt: skip
            with self.subTest(f"{service}.{method}"):
                error = self.refused(code, getattr(role.client(service), method), **arguments)
                self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
                why = {"sts": f"because no resource-based policy allows the {action} action"}.get(service, "")
                self.assertIn(because(role, action, resource, why), str(error))

    def test_what_cannot_be_decided_is_not_allowed(self) -> None:
        vpc = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"
        for statement, text in (
            (allow("ec2:DeleteVpc", vpc), "which one this request is about is not emulated"),
            (allow("ec2:DeleteVpc", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}), "aws:ResourceTag/a, which is not emulated"),
        ):
            with self.subTest(statement):
                call = Role(statement).client("ec2").delete_vpc
                refuses(self, "EmulatorNotImplemented", text, call, VpcId="vpc-1")
        self.refused("InvalidVpcID.NotFound", Role(allow("ec2:*")).client("ec2").delete_vpc, VpcId="vpc-1")
        self.refused("UnauthorizedOperation", Role(allow("s3:*")).client("ec2").delete_vpc, VpcId="vpc-1")

    def test_passing_a_role(self) -> None:
        other = Role()
        register = {"family": name(), "taskRoleArn": other.arn, "containerDefinitions": [{"name": "a", "image": "i", "memory": 64}]}
        role = Role(allow("ecs:RegisterTaskDefinition"))
        ask = role.client("ecs").register_task_definition
        refuses(self, "AccessDeniedException", because(role, "iam:PassRole", other.arn), ask, **register)
        passed = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        role.may(allow("ecs:RegisterTaskDefinition"), allow("iam:PassRole", other.arn, Condition=passed))
        ask(**register)

    def test_secret_with_a_key(self) -> None:
        key = client("kms").create_key()["KeyMetadata"]["Arn"]
        made = client("secretsmanager").create_secret(Name=name(), SecretString="s", KmsKeyId=key)
        read = allow("secretsmanager:GetSecretValue", made["ARN"])
        role = Role(read)
        get = role.client("secretsmanager").get_secret_value
        refuses(self, "AccessDeniedException", because(role, "kms:Decrypt", key), get, SecretId=made["Name"])
        role.may(read, allow("kms:Decrypt", key, Condition=via("s3")))
        refuses(self, "AccessDeniedException", because(role, "kms:Decrypt", key), get, SecretId=made["Name"])
        role.may(read, allow("kms:Decrypt", key, Condition=via("secretsmanager")))
        self.assertEqual(get(SecretId=made["Name"])["SecretString"], "s")
        others = {
            "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
        }  # fmt: skip
        put = client("secretsmanager").put_resource_policy
        put(SecretId=made["Name"], ResourcePolicy=document(others))
        get(SecretId=made["ARN"])
        others["Condition"]["StringNotEquals"]["aws:PrincipalAccount"] = "210987654321"
        put(SecretId=made["Name"], ResourcePolicy=document(others))
        why = "with an explicit deny in a resource-based policy"
        refuses(self, "AccessDeniedException", because(role, read["Action"], made["ARN"], why), get, SecretId=made["ARN"])

    def test_topic_with_a_key(self) -> None:
        key = client("kms").create_key()["KeyMetadata"]["Arn"]
        topic = client("sns").create_topic(Name=name(), Attributes={"KmsMasterKeyId": key})["TopicArn"]
        role = Role(allow("sns:Publish", topic))
        publish = role.client("sns").publish
        refuses(self, "KMSAccessDenied", because(role, "kms:GenerateDataKey", key), publish, TopicArn=topic, Message="m")
        role.may(allow("sns:Publish", topic), allow(["kms:GenerateDataKey", "kms:Decrypt"], key))
        publish(TopicArn=topic, Message="m")

    def test_key_itself(self) -> None:
        kms = client("kms")
        key = kms.create_key()["KeyMetadata"]
        sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
        about = {"StringEquals": {"kms:EncryptionContext:a": "b"}}
        role = Role(allow("kms:Decrypt", key["Arn"], Condition=about))
        own = role.client("kms")
        self.assertEqual(own.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})["Plaintext"], b"x")
        refuses(self, "AccessDeniedException", because(role, "kms:Decrypt", key["Arn"]), own.decrypt, CiphertextBlob=sealed)
        refuses(self, "AccessDeniedException", because(role, "kms:Encrypt", key["Arn"]), own.encrypt, KeyId=key["KeyId"], Plaintext=b"x")

    def test_mail_as_one_address_only(self) -> None:
        domain = name("mail") + ".example.com"
        client("ses").verify_domain_identity(Domain=domain)
        identity = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}"
        sent_as = {"StringEquals": {"ses:FromAddress": f"no-reply@{domain}"}}
        role = Role(allow(["ses:SendEmail", "ses:SendRawEmail"], identity, Condition=sent_as))
        text = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
        to = {"Destination": {"ToAddresses": ["a@example.net"]}}
        new, old = role.client("sesv2").send_email, role.client("ses")
        mail = f"From: FlowComply <no-reply@{domain}>\r\nTo: a@example.net\r\nSubject: s\r\n\r\nt"
        new(FromEmailAddress=f"FlowComply <no-reply@{domain}>", Content=text, **to)
        old.send_email(Source=f"no-reply@{domain}", Message=text["Simple"], **to)
        old.send_raw_email(Source=f"no-reply@{domain}", Destinations=["a@example.net"], RawMessage={"Data": mail})
        for call, arguments in (
            (new, {"FromEmailAddress": f"boss@{domain}", "Content": text, **to}),
            (old.send_email, {"Source": f"boss@{domain}", "Message": text["Simple"], **to}),
        ):
            code = "AccessDeniedException" if call is new else "AccessDenied"
            refuses(self, code, because(role, "ses:SendEmail", identity), call, **arguments)
        role.may(allow("ses:SendEmail", identity))
        raw = {"Raw": {"Data": mail.encode()}}
        refuses(self, "AccessDeniedException", because(role, "ses:SendRawEmail", identity), new, Content=raw, **to)
