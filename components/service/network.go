package service

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// declareNetwork declares the tasks' security group and both ends of every connection: to AWS and other HTTPS
// servers, from the load balancer, and to the stores that the service has access to. The service waits for all of
// them, or its first tasks could not even pull their image. Names are resolved by the VPC's own resolver, which
// security groups do not filter.
//
//runbook:trouble.service#9 opens each connection at both ends, for one port; the service waits for the rules.
func (b *builder) declareNetwork() error {
	group, err := b.SecurityGroup(b.Name+"-tasks", b.args.Stack+"-"+b.Name, "Tasks of "+b.args.Service, b.args.VpcID)
	if err != nil {
		return err
	}
	own := group.ID().ToStringOutput()
	b.svc.SecurityGroupID = own
	if err := b.out("https", b.Name+" to AWS and other HTTPS servers", own, 443, nil); err != nil {
		return err
	}
	if b.spec.Routed() {
		balancer := b.args.LoadBalancer.SecurityGroupID
		if err := b.pair("load-balancer", "the load balancer to "+b.Name, balancer, own, b.spec.Port); err != nil {
			return err
		}
	}
	for _, access := range slices.Sorted(slices.Values(b.spec.Access)) {
		permission := b.args.Permissions[access]
		if permission.SecurityGroupID == nil {
			continue // reached over HTTPS
		}
		if err := b.pair(access, b.Name+" to the "+access, own, permission.SecurityGroupID, permission.Port); err != nil {
			return err
		}
	}
	return nil
}

// pair opens one port from one security group to another, on both.
func (b *builder) pair(role, what string, from, to pulumi.StringInput, port int) error {
	if err := b.out(role, what, from, port, to); err != nil {
		return err
	}
	rule, err := vpc.NewSecurityGroupIngressRule(b.Ctx, b.Name+"-"+role+"-in", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: to, ReferencedSecurityGroupId: from, Description: pulumi.String(what),
		IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(port), ToPort: pulumi.Int(port),
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("ingress %s: %w", role, err)
	}
	b.before = append(b.before, rule)
	return nil
}

// out lets a security group connect to another one, or to anyone where there is none.
func (b *builder) out(role, what string, from pulumi.StringInput, port int, to pulumi.StringInput) error {
	args := &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: from, Description: pulumi.String(what),
		IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(port), ToPort: pulumi.Int(port),
	}
	if to == nil {
		args.CidrIpv4 = pulumi.String("0.0.0.0/0")
	} else {
		args.ReferencedSecurityGroupId = to
	}
	rule, err := vpc.NewSecurityGroupEgressRule(b.Ctx, b.Name+"-"+role+"-out", args, b.Parent)
	if err != nil {
		return fmt.Errorf("egress %s: %w", role, err)
	}
	b.before = append(b.before, rule)
	return nil
}
