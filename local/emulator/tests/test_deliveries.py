"""What AWS's services may do on their own. The policies are the program's golden files, or written as it writes them.

Does not prove that a service delivers: what is delivered here are the messages of alarms.
"""

import json
from pathlib import Path
from typing import Any

from tests.roles import allow, document
from tests.support import ACCOUNT, REGION, Case, client, name, network

COMPONENTS = Path(__file__).resolve().parents[3] / "components"
KEY_POLICY = json.loads((COMPONENTS / "key/testdata/policy.json").read_text())["Statement"]


def only(statements: list[dict[str, Any]], *sids: str) -> str:
    """A policy of those of the statements that have one of these ids."""
    return document(*(s for s in statements if s["Sid"] in sids))


def publisher(topic: str, service: str, **condition: Any) -> str:
    """A topic's policy as the program writes it."""
    return document(allow("sns:Publish", topic, Principal={"Service": service}, **condition))


OF_THIS_ACCOUNT = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
OF_ANOTHER = {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}


class Topics(Case):
    """An encrypted topic, as both of the program's are."""

    def setUp(self) -> None:
        self.sns, self.kms, self.watch = client("sns"), client("kms"), client("cloudwatch")
        self.key = self.kms.create_key(Policy=document(*KEY_POLICY))["KeyMetadata"]["Arn"]
        self.topic = self.sns.create_topic(Name=name("topic"), Attributes={"KmsMasterKeyId": self.key})["TopicArn"]

    def set(self, attribute: str, value: str) -> None:
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName=attribute, AttributeValue=value)

    def alarmed(self) -> str:
        """What became of the action of an alarm: empty when it published, else why not."""
        alarm = name("alarm")
        self.watch.put_metric_alarm(
            AlarmName=alarm, AlarmActions=[self.topic], Namespace="Test", MetricName="m", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        self.watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tested")
        (item,) = self.watch.describe_alarm_history(AlarmName=alarm, HistoryItemType="Action")["AlarmHistoryItems"]
        data = json.loads(item["HistoryData"])
        summary = "Failed to" if "error" in data else "Successfully"
        self.assertTrue(item["HistorySummary"].startswith(summary), item)
        return data.get("error", "")

    def test_alarms_publish_where_topic_and_key_let_them(self) -> None:
        service = "cloudwatch.amazonaws.com"
        self.set("Policy", publisher(self.topic, service, **OF_THIS_ACCOUNT))
        self.assertEqual(self.alarmed(), "")
        no_key = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=only(KEY_POLICY, "AccountAdministration", "UseEvents"))
        self.assertEqual(self.alarmed(), no_key)
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=only(KEY_POLICY, "AccountAdministration", "UseCloudwatch"))
        self.assertEqual(self.alarmed(), "")
        for policy in (publisher(self.topic, "events.amazonaws.com"), publisher(self.topic, service, **OF_ANOTHER)):
            self.set("Policy", policy)
            self.assertRegex(self.alarmed(), f"^Resource: arn:aws:cloudwatch:.* is not authorized to perform: SNS:Publish on resource: {self.topic}$")  # fmt: skip
        self.set("Policy", publisher(self.topic, service))
        self.set("KmsMasterKeyId", "alias/aws/sns")
        self.assertEqual(self.alarmed(), no_key)

    def test_events_of_databases(self) -> None:
        rds, service = client("rds"), "events.rds.amazonaws.com"
        subscribe = {"SubscriptionName": name("events"), "SourceType": "db-instance"}
        use = {**KEY_POLICY[1], "Principal": {"Service": service}}
        self.refused("SNSTopicArnNotFound", rds.create_event_subscription, SnsTopicArn=self.topic + "-gone", **subscribe)
        self.set("Policy", publisher(self.topic, service, **OF_THIS_ACCOUNT))
        self.refused("SNSNoAuthorization", rds.create_event_subscription, SnsTopicArn=self.topic, **subscribe)
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=document(*KEY_POLICY, use))
        rds.create_event_subscription(SnsTopicArn=self.topic, **subscribe)
        self.set("Policy", publisher(self.topic, service, **OF_ANOTHER))
        self.refused("SNSNoAuthorization", rds.modify_event_subscription, SnsTopicArn=self.topic, SubscriptionName=subscribe["SubscriptionName"])  # fmt: skip


class Logs(Case):
    def test_a_group_is_encrypted_where_the_key_lets_it(self) -> None:
        kms, logs = client("kms"), client("logs")
        key = kms.create_key(Policy=document(*KEY_POLICY))["KeyMetadata"]["Arn"]
        logs.create_log_group(logGroupName=name("/g"), kmsKeyId=key)
        without = only(KEY_POLICY, "AccountAdministration", "UseCloudwatch")
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=without)
        error = self.refused("AccessDeniedException", logs.create_log_group, logGroupName=name("/g"), kmsKeyId=key)
        self.assertIn("is not allowed to be used with Arn 'arn:aws:logs:", str(error))

    def test_flow_logs_get_there_with_their_role(self) -> None:
        ec2, group, iam = client("ec2"), name("/vpc/t"), client("iam")
        client("logs").create_log_group(logGroupName=group)
        role = name("flow")
        service = {"Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole", "Effect": "Allow"}
        source = {"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"}, **OF_THIS_ACCOUNT["Condition"]}
        trust = document({**service, "Condition": source})
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        actions = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        write = document(allow(actions, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"))
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        flow = ec2.create_flow_logs(
            ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="cloud-watch-logs",
            LogDestination=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}", DeliverLogsPermissionArn=arn,
        )["FlowLogIds"]  # fmt: skip

        def delivered() -> tuple[str, str]:
            (log,) = ec2.describe_flow_logs(FlowLogIds=flow)["FlowLogs"]
            return log["DeliverLogsStatus"], log.get("DeliverLogsErrorMessage", "")

        self.assertEqual(delivered(), ("FAILED", "Access error"))
        iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=write)
        self.assertEqual(delivered(), ("SUCCESS", ""))
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=document({**service, "Condition": OF_ANOTHER["Condition"]}))
        self.assertEqual(delivered(), ("FAILED", "Access error"))


class AccessLogs(Case):
    """The log bucket of the program's golden file, under a name of its own."""

    def setUp(self) -> None:
        self.s3, self.bucket, self.source = client("s3"), name("logs"), name("documents")
        text = (COMPONENTS / "bucket/testdata/logs-policy.json").read_text()
        text = text.replace("flowcomply-logs-test", self.bucket).replace("flowcomply-documents-test", self.source)
        self.policy = json.loads(text)["Statement"]
        for bucket in (self.bucket, self.source):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def allow(self, *left_out: str) -> None:
        """Set the policy without the statements of these ids or services."""
        services = [(s.get("Sid"), (s["Principal"] if isinstance(s["Principal"], dict) else {}).get("Service")) for s in self.policy]
        kept = [s for s, names in zip(self.policy, services, strict=True) if not set(names) & set(left_out)]
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=document(*kept))

    def test_load_balancers(self) -> None:
        elb = client("elbv2")
        balancer = elb.create_load_balancer(Name=name("lb")[:32], Subnets=network()["subnets"])["LoadBalancers"][0]["LoadBalancerArn"]

        def turn_on(prefix: str = "load-balancer", bucket: str = "") -> Any:
            given = {"enabled": "true", "bucket": bucket or self.bucket, "prefix": prefix}
            attributes = [{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in given.items()]
            return elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)

        self.allow()
        turn_on()
        self.refused("InvalidConfigurationRequest", turn_on, prefix="elsewhere")
        self.refused("InvalidConfigurationRequest", turn_on, bucket=self.bucket + "-gone")
        self.allow("LoadBalancerLogs")
        error = self.refused("InvalidConfigurationRequest", turn_on)
        self.assertIn(f"Access Denied for bucket: {self.bucket}. Please check S3bucket permission", str(error))
        self.allow()
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        self.s3.put_bucket_encryption(Bucket=self.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.refused("InvalidConfigurationRequest", turn_on)

    def test_buckets(self) -> None:
        target = {"LoggingEnabled": {"TargetBucket": self.bucket, "TargetPrefix": f"s3/{self.source}/"}}
        self.allow()
        self.s3.put_bucket_logging(Bucket=self.source, BucketLoggingStatus=target)
        for bucket, left_out in ((self.bucket, ()), (self.source, ("logging.s3.amazonaws.com",))):
            with self.subTest(bucket=bucket, left_out=left_out):  # the statement is for one source alone
                self.allow(*left_out)
                put = self.s3.put_bucket_logging
                self.refused("InvalidTargetBucketForLogging", put, Bucket=bucket, BucketLoggingStatus=target)
