package main

import (
	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/bucket"
	"github.com/flowcomply/infrastructure/components/certificate"
	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/loadbalancer"
	"github.com/flowcomply/infrastructure/components/mail"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// front is what the world sees: names, the certificate, the load balancer behind its firewall, and the mail sender.
type front struct {
	balancer *loadbalancer.LoadBalancer
	alarms   *alarm.Set // on the load balancer as a whole; they judge the deployments of all services behind it
	mail     *mail.Mail

	certificateArn pulumi.StringOutput
}

func newFront(env environment, ground *ground) (*front, error) {
	zone, err := dns.New(env.ctx, "zone", env.spec.DNS, dns.Args{Protected: env.spec.Protected()}, env.aws)
	if err != nil {
		return nil, err
	}
	issued, err := certificate.New(env.ctx, "certificate", env.spec.Certificate(), certificate.Args{ZoneID: zone.ZoneID}, env.aws)
	if err != nil {
		return nil, err
	}
	made := &front{certificateArn: issued.CertificateArn}
	made.balancer, err = loadbalancer.New(env.ctx, "front", env.spec.LoadBalancer, loadbalancer.Args{
		VpcID: ground.network.VpcID, SubnetIDs: ground.network.PublicSubnetIDs, CertificateArn: issued.CertificateArn,
		LogBucket: ground.logs.Name, LogPrefix: bucket.LoadBalancerPrefix,
		ZoneID: zone.ZoneID, Hosts: env.spec.Hosts(), Label: env.names.Stack, Protected: env.spec.Protected(),
	}, env.aws)
	if err != nil {
		return nil, err
	}
	made.alarms, err = alarm.New(env.ctx, "front-alarms", slo.LoadBalancer, alarm.Target{
		Role: "front", Dimensions: map[string]pulumi.StringInput{"LoadBalancer": made.balancer.ArnSuffix},
	}, ground.alarms(env), env.aws)
	if err != nil {
		return nil, err
	}
	limit, err := env.spec.RateLimit()
	if err != nil {
		return nil, err
	}
	_, err = firewall.New(env.ctx, "firewall", env.spec.Firewall, firewall.Args{
		LoadBalancerArn: made.balancer.Arn, APIHost: env.spec.Site.APIDomain, Limit: limit,
		LogGroupName: env.names.FirewallLogGroup(), LogKeyArn: ground.operations.Arn, Label: env.names.Stack,
		Protected: env.spec.Protected(),
	}, env.aws)
	if err != nil {
		return nil, err
	}
	made.mail, err = mail.New(env.ctx, "mail", env.spec.Mail, mail.Args{ZoneID: zone.ZoneID, Region: env.spec.Account.Region}, env.aws)
	if err != nil {
		return nil, err
	}
	return made, nil
}
