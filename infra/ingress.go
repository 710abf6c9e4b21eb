package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/bucket"
	"github.com/flowcomply/infrastructure/components/certificate"
	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/loadbalancer"
	"github.com/flowcomply/infrastructure/components/slo"
)

// ingress is the way in from the internet: DNS zone, certificate, and the load balancer behind its firewall.
type ingress struct {
	zone         *dns.Zone
	certificate  *certificate.Certificate
	loadBalancer *loadbalancer.LoadBalancer
	alarms       *alarm.Set // on the load balancer as a whole; ECS judges the deployments of all services by them
}

func (e *environment) declareIngress() (err error) {
	e.ingress.zone, err = dns.New(e.ctx, "zone", e.spec.DNS, dns.Args{Protected: e.spec.Protected()}, e.aws)
	if err != nil {
		return err
	}
	e.ingress.certificate, err = certificate.New(e.ctx, "certificate", e.spec.Certificate(),
		certificate.Args{ZoneID: e.ingress.zone.ZoneID}, e.aws)
	if err != nil {
		return err
	}
	e.ingress.loadBalancer, err = loadbalancer.New(e.ctx, "front", e.spec.LoadBalancer, loadbalancer.Args{
		VpcID: e.network.VpcID, SubnetIDs: e.network.PublicSubnetIDs, CertificateArn: e.ingress.certificate.CertificateArn,
		LogBucket: e.storage.logs.Name, LogPrefix: bucket.LoadBalancerPrefix, After: []pulumi.Resource{e.network.Internet},
		ZoneID: e.ingress.zone.ZoneID, Hosts: e.spec.Hosts(), Label: e.names.Stack, Protected: e.spec.Protected(),
	}, e.aws)
	if err != nil {
		return err
	}
	e.ingress.alarms, err = e.newAlarms(slo.LoadBalancer, alarm.Target{
		Role: "front", Dimensions: map[string]pulumi.StringInput{"LoadBalancer": e.ingress.loadBalancer.ArnSuffix},
	})
	if err != nil {
		return err
	}
	return e.declareFirewall()
}

func (e *environment) declareFirewall() error {
	limit, err := e.spec.RateLimit()
	if err != nil {
		return err
	}
	_, err = firewall.New(e.ctx, "firewall", e.spec.Firewall, firewall.Args{
		LoadBalancerArn: e.ingress.loadBalancer.Arn, APIHost: e.spec.Site.APIDomain, Limit: limit,
		LogGroupName: e.names.FirewallLogGroup(), LogKeyArn: e.keys.operations.Arn, Label: e.names.Stack,
		Protected: e.spec.Protected(),
	}, e.aws)
	return err
}
