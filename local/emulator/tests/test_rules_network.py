"""What AWS refuses in the network, a test for each row of rules/table.py. Does not prove that AWS refuses it: the table names the document that says so."""

from typing import Any

from tests.support import REGION, Case, client, listening, name, target_group
from tests.test_rules_databases import create

ZONE_A, ZONE_B = f"{REGION}a", f"{REGION}b"


class Network(Case):
    def setUp(self) -> None:
        self.ec2, self.elb = client("ec2"), client("elbv2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]

    def subnet(self, third: int, zone: str = ZONE_A) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.7.{third}.0/24", AvailabilityZone=zone)
        return made["Subnet"]["SubnetId"]

    def gateway(self) -> str:
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return gateway

    def group(self) -> str:
        return self.ec2.create_security_group(VpcId=self.vpc, GroupName=name(), Description="d")["GroupId"]

    def balancer(self, *subnets: str, **more: Any) -> str:
        made = self.elb.create_load_balancer(Name=name("lb"), Subnets=list(subnets), **more)
        return made["LoadBalancers"][0]["LoadBalancerArn"]

    def test_no_internet_gateway(self) -> None:
        subnets = [self.subnet(1), self.subnet(2, ZONE_B)]
        error = self.refused("InvalidSubnet", self.elb.create_load_balancer, Name=name("lb"), Subnets=subnets)
        self.assertIn(f"VPC {self.vpc} has no internet gateway", str(error))
        self.balancer(*subnets, Scheme="internal")
        self.gateway()
        self.balancer(*subnets)

    def test_one_zone(self) -> None:
        self.gateway()
        one, other = self.subnet(1), self.subnet(2, ZONE_B)
        self.refused("ValidationError", self.elb.create_load_balancer, Name=name("lb"), Subnets=[one])
        self.balancer(one, Type="network")
        self.balancer(one, other)

    def test_two_subnets_of_a_zone(self) -> None:
        self.gateway()
        one, same, other = self.subnet(1), self.subnet(2), self.subnet(3, ZONE_B)
        refused = {"Name": name("lb"), "Subnets": [one, same, other]}
        self.refused("InvalidConfigurationRequest", self.elb.create_load_balancer, **refused)
        self.balancer(same, other)

    def test_port_is_taken(self) -> None:
        balancer, actions = listening(target_group()), [{"Type": "forward", "TargetGroupArn": target_group()}]
        listener = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "DefaultActions": actions}
        self.refused("DuplicateListener", self.elb.create_listener, Port=80, **listener)
        self.elb.create_listener(Port=81, **listener)

    def test_no_certificate(self) -> None:
        balancer, actions = listening(target_group()), [{"Type": "forward", "TargetGroupArn": target_group()}]
        listener = {"LoadBalancerArn": balancer, "Protocol": "HTTPS", "Port": 443, "DefaultActions": actions}
        self.refused("ValidationError", self.elb.create_listener, **listener)
        certificate = client("acm").request_certificate(DomainName="listener.test", ValidationMethod="DNS")
        self.elb.create_listener(Certificates=[{"CertificateArn": certificate["CertificateArn"]}], **listener)

    def test_group_in_use(self) -> None:
        self.gateway()
        subnets = [self.subnet(1), self.subnet(2, ZONE_B)]
        by_interface, by_balancer, by_rule, by_database = (self.group() for _ in range(4))
        interface = self.ec2.create_network_interface(SubnetId=subnets[0], Groups=[by_interface])["NetworkInterface"]
        balancer = self.balancer(*subnets, SecurityGroups=[by_balancer])
        permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": by_rule}]}
        self.ec2.authorize_security_group_ingress(GroupId=by_balancer, IpPermissions=[permission])
        database = create(VpcSecurityGroupIds=[by_database])
        for group in (by_interface, by_balancer, by_rule, by_database):
            self.refused("DependencyViolation", self.ec2.delete_security_group, GroupId=group)
        self.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
        self.elb.delete_load_balancer(LoadBalancerArn=balancer)
        self.ec2.revoke_security_group_ingress(GroupId=by_balancer, IpPermissions=[permission])
        client("rds").delete_db_instance(DBInstanceIdentifier=database, SkipFinalSnapshot=True)
        for group in (by_interface, by_rule, by_balancer, by_database):
            self.ec2.delete_security_group(GroupId=group)

    def test_subnet_in_use(self) -> None:
        self.gateway()
        natted, balanced, other = self.subnet(1), self.subnet(2), self.subnet(3, ZONE_B)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=natted, AllocationId=address)["NatGateway"]["NatGatewayId"]
        balancer = self.balancer(balanced, other)
        for subnet in (natted, balanced):
            self.refused("DependencyViolation", self.ec2.delete_subnet, SubnetId=subnet)
        self.ec2.delete_nat_gateway(NatGatewayId=nat)
        self.elb.delete_load_balancer(LoadBalancerArn=balancer)
        for subnet in (natted, balanced):
            self.ec2.delete_subnet(SubnetId=subnet)

    def test_addresses_are_mapped(self) -> None:
        gateway, subnets = self.gateway(), [self.subnet(1), self.subnet(2, ZONE_B)]
        detach = {"InternetGatewayId": gateway, "VpcId": self.vpc}
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
        error = self.refused("DependencyViolation", self.ec2.detach_internet_gateway, **detach)
        self.assertIn("mapped public address", str(error))
        self.ec2.delete_nat_gateway(NatGatewayId=nat)
        balancer = self.balancer(*subnets)
        self.refused("DependencyViolation", self.ec2.detach_internet_gateway, **detach)
        self.elb.delete_load_balancer(LoadBalancerArn=balancer)
        self.ec2.detach_internet_gateway(**detach)

    def test_address_in_use(self) -> None:
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=self.subnet(1), AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.refused("InvalidIPAddress.InUse", self.ec2.release_address, AllocationId=address)
        self.ec2.delete_nat_gateway(NatGatewayId=nat)
        self.ec2.release_address(AllocationId=address)

    def test_vpc_in_use(self) -> None:
        gateway, group = self.gateway(), self.group()
        self.refused("DependencyViolation", self.ec2.delete_vpc, VpcId=self.vpc)
        self.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.refused("DependencyViolation", self.ec2.delete_vpc, VpcId=self.vpc)
        self.ec2.delete_security_group(GroupId=group)
        self.ec2.delete_vpc(VpcId=self.vpc)
