"""What a search by tags finds. Does not prove how soon AWS finds something new."""

from tests.support import ACCOUNT, REGION, Case, client, name, network


class Search(Case):
    def setUp(self) -> None:
        self.value = name("stack")
        self.tags = [{"Key": "stack", "Value": self.value}]

    def found(self, region: str = REGION, **more: object) -> list[str]:
        pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources")
        asked = pages.paginate(TagFilters=[{"Key": "stack", "Values": [self.value]}], **more)
        return sorted(one["ResourceARN"] for page in asked for one in page["ResourceTagMappingList"])

    def test_finds_what_a_network_is_made_of(self) -> None:
        ec2, tagged = client("ec2"), lambda kind: [{"ResourceType": kind, "Tags": self.tags}]
        vpc = network()["vpc"]
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
        endpoint = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", TagSpecifications=tagged("vpc-endpoint")
        )["VpcEndpoint"]["VpcEndpointId"]
        group = ec2.create_security_group(GroupName=self.value, Description="d", VpcId=vpc)["GroupId"]
        rule = ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            TagSpecifications=tagged("security-group-rule"),
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        client("logs").create_log_group(logGroupName=self.value)
        flows = ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=self.value,
            DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flows",
            TagSpecifications=tagged("vpc-flow-log"),
        )["FlowLogIds"][0]
        prefix = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
        want = [
            f"{prefix}elastic-ip/{address}",
            f"{prefix}security-group-rule/{rule}",
            f"{prefix}vpc-endpoint/{endpoint}",
            f"{prefix}vpc-flow-log/{flows}",
        ]
        self.assertEqual(self.found(), want)
        self.assertEqual(self.found(ResourceTypeFilters=["ec2:elastic-ip"]), want[:1])
        self.assertEqual(self.found(ResourceTypeFilters=["ec2"]), want)
        self.assertEqual(self.found(ResourceTypeFilters=["wafv2"]), [])

    def test_finds_listeners_and_their_rules(self) -> None:
        balancing = client("elbv2")
        subnets = network()["subnets"]
        balancer = balancing.create_load_balancer(Name=self.value[-32:], Subnets=subnets)["LoadBalancers"][0]
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        listener = balancing.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=answer, Tags=self.tags
        )["Listeners"][0]["ListenerArn"]
        rule = balancing.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/"]}],
            Actions=answer,
            Tags=self.tags,
        )["Rules"][0]["RuleArn"]
        self.assertEqual(self.found(), sorted([listener, rule]))

    def test_finds_a_firewall(self) -> None:
        watched = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        arn = client("wafv2").create_web_acl(
            Name=self.value, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=watched, Tags=self.tags
        )["Summary"]["ARN"]
        self.assertEqual(self.found(), [arn])

    def test_finds_parameter_groups_repositories_and_rules(self) -> None:
        group = client("rds").create_db_parameter_group(
            DBParameterGroupName=self.value, DBParameterGroupFamily="postgres16", Description="d", Tags=self.tags
        )["DBParameterGroup"]["DBParameterGroupArn"]
        repository = client("ecr").create_repository(repositoryName=self.value, tags=self.tags)["repository"]["repositoryArn"]
        rule = client("events").put_rule(Name=self.value, EventPattern='{"source": ["aws.ecs"]}', Tags=self.tags)["RuleArn"]
        self.assertEqual(self.found(), sorted([group, repository, rule]))
        self.assertEqual(self.found(ResourceTypeFilters=["events:rule"]), [rule])

    def test_finds_a_zone_where_aws_does(self) -> None:
        dns = client("route53")
        zone = dns.create_hosted_zone(Name=f"{self.value}.test", CallerReference=self.value)["HostedZone"]["Id"]
        identifier = zone.rpartition("/")[2]
        dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=identifier, AddTags=self.tags)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.found("us-east-1"), [f"arn:aws:route53:::hostedzone/{identifier}"])
