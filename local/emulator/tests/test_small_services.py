"""The services with few additions. Does not prove that anything is measured, mailed, scaled or spent."""

import http.server
import json
import queue
import threading

from tests.support import ACCOUNT, Case, client, name, network


class Autoscaling(Case):
    def setUp(self) -> None:
        self.name = name("scaled")
        client("ecs").create_cluster(clusterName=self.name)
        client("ecs").register_task_definition(
            family=self.name, containerDefinitions=[{"name": "a", "image": "a", "memory": 1}]
        )
        client("ecs").create_service(
            cluster=self.name, serviceName=self.name, taskDefinition=self.name, desiredCount=2
        )

    def register(self, least: int, most: int, **more: object) -> str:
        return client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{self.name}/{self.name}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=least,
            MaxCapacity=most,
            **more,
        )["ScalableTargetARN"]

    def count(self) -> int:
        return client("ecs").describe_services(cluster=self.name, services=[self.name])["services"][0]["desiredCount"]

    def test_a_range_moves_the_count_into_it(self) -> None:
        for least, most, count in ((1, 4, 2), (0, 0, 0), (0, 3, 0), (3, 5, 3), (1, 1, 1)):
            self.register(least, most)
            self.assertEqual(self.count(), count, f"in a range of {least} to {most}")
        activities = client("application-autoscaling").describe_scaling_activities(
            ServiceNamespace="ecs", ResourceId=f"service/{self.name}/{self.name}"
        )["ScalingActivities"]
        self.assertEqual(
            [activity["Cause"] for activity in activities],
            ["maximum capacity was set to 1", "minimum capacity was set to 3", "maximum capacity was set to 0"],
        )

    def test_target_has_tags(self) -> None:
        scaling = client("application-autoscaling")
        arn = self.register(1, 2, Tags={"a": "1"})
        scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
        scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
        self.assertEqual(scaling.list_tags_for_resource(ResourceARN=arn)["Tags"], {"b": "2"})
        self.refused("ResourceNotFoundException", scaling.list_tags_for_resource, ResourceARN=arn + "x")
        there = scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=f"service/{self.name}/{self.name}")
        self.assertEqual(there["ScalingActivities"], [])


class Alarms(Case):
    def setUp(self) -> None:
        self.watch, self.alarm = client("cloudwatch"), name("alarm")

    def put(self, **more: object) -> None:
        self.watch.put_metric_alarm(
            **{
                "AlarmName": self.alarm,
                "Namespace": "N",
                "MetricName": "M",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                **more,
            }
        )

    def state(self) -> str:
        return self.watch.describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"][0]["StateValue"]

    def test_begins_without_data_and_keeps_its_state(self) -> None:
        self.put()
        self.assertEqual(self.state(), "INSUFFICIENT_DATA")
        self.watch.set_alarm_state(AlarmName=self.alarm, StateValue="ALARM", StateReason="test")
        self.put(Threshold=2)
        self.assertEqual(self.state(), "ALARM")

    def test_its_actions_are_switched_off_and_on(self) -> None:
        self.put()

        def enabled() -> bool:
            return self.watch.describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"][0]["ActionsEnabled"]

        self.watch.disable_alarm_actions(AlarmNames=[self.alarm, "one that is not there"])
        self.assertFalse(enabled())
        self.watch.enable_alarm_actions(AlarmNames=[self.alarm])
        self.assertTrue(enabled())

    def test_filters_are_joined(self) -> None:
        self.put()
        found = self.watch.describe_alarms(AlarmNamePrefix=self.alarm, StateValue="ALARM")
        self.assertEqual(found["MetricAlarms"], [])

    def test_composite(self) -> None:
        self.put()
        both = self.alarm + "-both"
        self.watch.put_composite_alarm(
            AlarmName=both, AlarmRule=f"ALARM({self.alarm})", AlarmActions=["arn:aws:sns:x:1:t"]
        )
        found = self.watch.describe_alarms(AlarmNamePrefix=self.alarm, AlarmTypes=["CompositeAlarm"])
        self.assertEqual(
            [(a["AlarmName"], a["AlarmRule"]) for a in found["CompositeAlarms"]], [(both, f"ALARM({self.alarm})")]
        )
        self.assertEqual(found["MetricAlarms"], [])

    def test_deleted_alarm_leaves_no_tags(self) -> None:
        self.put(Tags=[{"Key": "a", "Value": "1"}])
        arn = self.watch.describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"][0]["AlarmArn"]
        self.watch.delete_alarms(AlarmNames=[self.alarm])
        self.put()
        self.assertEqual(self.watch.list_tags_for_resource(ResourceARN=arn)["Tags"], [])


class Firewalls(Case):
    def test_a_firewall_names_the_load_balancers_it_protects(self) -> None:
        waf, elb = client("wafv2"), client("elbv2")
        watched = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        arn = waf.create_web_acl(
            Name=name("acl"), Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=watched
        )["Summary"]["ARN"]
        balancer = elb.create_load_balancer(Name=name("lb"), Subnets=network()["subnets"])["LoadBalancers"][0]
        self.assertEqual(waf.list_resources_for_web_acl(WebACLArn=arn)["ResourceArns"], [])
        waf.associate_web_acl(WebACLArn=arn, ResourceArn=balancer["LoadBalancerArn"])
        self.assertEqual(waf.list_resources_for_web_acl(WebACLArn=arn)["ResourceArns"], [balancer["LoadBalancerArn"]])
        self.refused("WAFNonexistentItemException", waf.list_resources_for_web_acl, WebACLArn=arn[:-1] + "x")


class Messages(Case):
    def setUp(self) -> None:
        self.received = queue.Queue()
        received = self.received

        class Pager(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        server = http.server.HTTPServer(("127.0.0.1", 0), Pager)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.sns = client("sns")
        self.topic = self.sns.create_topic(Name=name("topic"))["TopicArn"]
        for endpoint in (f"http://127.0.0.1:{server.server_port}/", "http://pager.invalid/", "http://127.0.0.1:1/"):
            self.sns.subscribe(TopicArn=self.topic, Protocol="http", Endpoint=endpoint)

    def test_reach_loopback_and_break_on_nothing_else(self) -> None:
        self.sns.publish(TopicArn=self.topic, Message="hello")
        self.assertEqual(json.loads(self.received.get(timeout=5))["Message"], "hello")

    def test_of_an_alarm_reach_its_topic_once(self) -> None:
        watch, alarm = client("cloudwatch"), name("alarm")
        watch.put_metric_alarm(
            AlarmName=alarm,
            Namespace="N",
            MetricName="M",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[self.topic],
        )
        for state in ("OK", "ALARM", "ALARM"):
            watch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")
        told = json.loads(json.loads(self.received.get(timeout=5))["Message"])
        self.assertEqual((told["AlarmName"], told["NewStateValue"], told["OldStateValue"]), (alarm, "ALARM", "OK"))
        self.assertTrue(self.received.empty())


class LogGroups(Case):
    def test_class_is_shown(self) -> None:
        logs = client("logs")
        for group, given, expected in (
            (name(), {}, "STANDARD"),
            (name(), {"logGroupClass": "INFREQUENT_ACCESS"}, "INFREQUENT_ACCESS"),
        ):
            logs.create_log_group(logGroupName=group, **given)
            self.assertEqual(
                logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupClass"], expected
            )


class Mail(Case):
    def setUp(self) -> None:
        self.ses, self.set = client("ses"), name("set")
        self.ses.create_configuration_set(ConfigurationSet={"Name": self.set})

    def shown(self, *attributes: str) -> dict:
        return self.ses.describe_configuration_set(
            ConfigurationSetName=self.set, ConfigurationSetAttributeNames=attributes
        )

    def test_delivery_and_reputation_are_shown(self) -> None:
        self.ses.put_configuration_set_delivery_options(
            ConfigurationSetName=self.set, DeliveryOptions={"TlsPolicy": "Require"}
        )
        self.ses.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName=self.set, Enabled=True)
        shown = self.shown("deliveryOptions", "reputationOptions")
        self.assertEqual(shown["DeliveryOptions"], {"TlsPolicy": "Require"})
        self.assertTrue(shown["ReputationOptions"]["ReputationMetricsEnabled"])

    def test_event_destinations(self) -> None:
        for destination in ("one", "two"):
            self.ses.create_configuration_set_event_destination(
                ConfigurationSetName=self.set,
                EventDestination={
                    "Name": destination,
                    "Enabled": True,
                    "MatchingEventTypes": ["bounce"],
                    "SNSDestination": {"TopicARN": "arn:aws:sns:x:1:t"},
                },
            )
        self.ses.delete_configuration_set_event_destination(ConfigurationSetName=self.set, EventDestinationName="one")
        self.assertEqual([d["Name"] for d in self.shown("eventDestinations")["EventDestinations"]], ["two"])

    def test_notifications_are_shown(self) -> None:
        domain, topic = name("domain") + ".test", f"arn:aws:sns:x:{ACCOUNT}:t"
        self.ses.set_identity_notification_topic(Identity=domain, NotificationType="Bounce", SnsTopic=topic)
        self.ses.set_identity_headers_in_notifications_enabled(Identity=domain, NotificationType="Bounce", Enabled=True)
        shown = self.ses.get_identity_notification_attributes(Identities=[domain])["NotificationAttributes"][domain]
        self.assertEqual((shown["BounceTopic"], shown["HeadersInBounceNotificationsEnabled"]), (topic, True))
        self.assertNotIn("ComplaintTopic", shown)


class Keys(Case):
    def test_rotation_period_is_kept(self) -> None:
        kms = client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.assertNotIn("RotationPeriodInDays", kms.get_key_rotation_status(KeyId=key))
        for period, expected in (({"RotationPeriodInDays": 180}, 180), ({}, 365)):
            kms.enable_key_rotation(KeyId=key, **period)
            self.assertEqual(kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"], expected)


class Buckets(Case):
    def setUp(self) -> None:
        self.s3, self.bucket = client("s3"), name("bucket")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"})

    def policy(self, *statements: dict) -> None:
        arn = f"arn:aws:s3:::{self.bucket}"
        whole = [{"Resource": [arn, f"{arn}/*"], **statement} for statement in statements]
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": whole}))

    def deny(self, condition: dict) -> None:
        self.policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": condition})

    def test_tls_only_policy_lets_objects_through(self) -> None:
        for condition in (
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": 1.2}},
            {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        ):
            self.deny(condition)
            self.s3.put_object(Bucket=self.bucket, Key="a", Body=b"1")
            self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="a")["Body"].read(), b"1")

    def test_condition_that_is_met_denies(self) -> None:
        self.deny({"Bool": {"aws:SecureTransport": "true"}})
        self.refused("403", self.s3.head_object, Bucket=self.bucket, Key="a")

    def test_events_for_eventbridge_are_shown(self) -> None:
        for configuration in ({}, {"EventBridgeConfiguration": {}}):
            self.s3.put_bucket_notification_configuration(
                Bucket=self.bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
            )
            shown = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
            self.assertEqual(shown.get("EventBridgeConfiguration"), configuration.get("EventBridgeConfiguration"))

    def test_logs_may_be_written_where_the_policy_says_so(self) -> None:
        target = {"LoggingEnabled": {"TargetBucket": self.bucket, "TargetPrefix": "s3/docs/"}}
        tls = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        logging = {
            "Effect": "Allow",
            "Principal": {"Service": ["logging.s3.amazonaws.com"]},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{self.bucket}/s3/*",
        }
        self.policy(tls)
        self.refused(
            "InvalidTargetBucketForLogging", self.s3.put_bucket_logging, Bucket=self.bucket, BucketLoggingStatus=target
        )
        self.policy(tls, logging)
        self.s3.put_bucket_logging(Bucket=self.bucket, BucketLoggingStatus=target)
        self.assertEqual(self.s3.get_bucket_logging(Bucket=self.bucket)["LoggingEnabled"]["TargetPrefix"], "s3/docs/")


class Certificates(Case):
    def test_options_do_not_break_the_list(self) -> None:
        acm = client("acm")
        arn = acm.request_certificate(
            DomainName="listed.test",
            ValidationMethod="DNS",
            Options={"CertificateTransparencyLoggingPreference": "DISABLED"},
        )["CertificateArn"]
        self.assertIn(arn, [c["CertificateArn"] for c in acm.list_certificates()["CertificateSummaryList"]])
        shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        self.assertEqual(shown["Options"]["CertificateTransparencyLoggingPreference"], "DISABLED")
        self.assertEqual(shown["Status"], "ISSUED")


class Budgets(Case):
    NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}

    def setUp(self) -> None:
        self.budgets, self.budget = client("budgets"), name("budget")
        self.budgets.create_budget(
            AccountId=ACCOUNT,
            Budget=self.definition("100"),
            ResourceTags=[{"Key": "a", "Value": "1"}],
            NotificationsWithSubscribers=[
                {
                    "Notification": self.NOTIFICATION,
                    "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}],
                }
            ],
        )
        self.which = {"AccountId": ACCOUNT, "BudgetName": self.budget}

    def definition(self, amount: str) -> dict:
        limit = {"Amount": amount, "Unit": "USD"}
        return {"BudgetName": self.budget, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}

    def test_tags(self) -> None:
        arn = f"arn:aws:budgets::{ACCOUNT}:budget/{self.budget}"
        self.budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "b", "Value": "2"}])
        self.budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
        self.assertEqual(
            self.budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"], [{"Key": "b", "Value": "2"}]
        )

    def test_update_keeps_notifications(self) -> None:
        self.budgets.update_budget(AccountId=ACCOUNT, NewBudget=self.definition("200"))
        self.assertEqual(self.budgets.describe_budget(**self.which)["Budget"]["BudgetLimit"]["Amount"], "200")
        notification = self.budgets.describe_notifications_for_budget(**self.which)["Notifications"][0]
        self.assertEqual((notification["ThresholdType"], notification["NotificationState"]), ("PERCENTAGE", "OK"))
        subscribers = self.budgets.describe_subscribers_for_notification(Notification=notification, **self.which)
        self.assertEqual([s["Address"] for s in subscribers["Subscribers"]], ["ops@example.com"])
        self.budgets.delete_notification(Notification=notification, **self.which)
        self.assertEqual(self.budgets.describe_notifications_for_budget(**self.which)["Notifications"], [])

    def test_unknown_budget(self) -> None:
        self.refused(
            "NotFoundException", self.budgets.describe_notifications_for_budget, AccountId=ACCOUNT, BudgetName="none"
        )


class SecurityGroups(Case):
    def test_rule_for_a_group_keeps_its_description(self) -> None:
        ec2 = client("ec2")
        group = ec2.create_security_group(VpcId=network()["vpc"], GroupName=name(), Description="d")["GroupId"]
        permission = {
            "IpProtocol": "tcp",
            "FromPort": 5432,
            "ToPort": 5432,
            "UserIdGroupPairs": [
                {"GroupId": network()["group"], "Description": "app to db"},
            ],
        }
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
            "SecurityGroupRules"
        ]
        ingress = [rule for rule in rules if not rule["IsEgress"]]
        self.assertEqual([rule["Description"] for rule in ingress], ["app to db"])
        self.assertEqual(ingress[0]["ReferencedGroupInfo"]["GroupId"], network()["group"])


class NetworkAcls(Case):
    def test_entry_keeps_its_icmp_type_and_code(self) -> None:
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=50,
            Protocol="1",
            RuleAction="allow",
            Egress=False,
            CidrBlock="0.0.0.0/0",
            IcmpTypeCode={"Type": 3, "Code": 4},
        )
        (found,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
        (entry,) = [e for e in found["Entries"] if e["RuleNumber"] == 50]
        self.assertEqual(entry["IcmpTypeCode"], {"Type": 3, "Code": 4})
