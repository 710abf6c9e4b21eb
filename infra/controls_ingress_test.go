package main

import (
	"github.com/stretchr/testify/assert"
)

// The controls on the way in from the internet. Each stands in controls_test.go.

var frontControls = []control{
	{number: 18, id: "ELB.1", demand: "HTTP is redirected to HTTPS", where: "loadbalancer", check: func(c inspected) {
		for _, r := range c.of(listenerType) {
			if r.Get("protocol") != "HTTPS" {
				assert.Equal(c, "redirect", r.Get("defaultActions.0.type"), r.String())
				assert.Equal(c, "HTTPS", r.Get("defaultActions.0.redirect.protocol"), r.String())
			}
		}
	}},
	{number: 19, id: "ELB.4", demand: "invalid header fields are dropped", where: "loadbalancer", check: func(c inspected) {
		c.is(balancerType, "dropInvalidHeaderFields", true)
	}},
	{number: 20, id: "ELB.5", demand: "access logs", where: "loadbalancer", check: func(c inspected) {
		c.is(balancerType, "accessLogs.enabled", true)
		c.is(balancerType, "accessLogs.bucket", "flowcomply-logs-"+c.stack)
	}},
	{number: 21, id: "ELB.6", demand: "deletion protection", where: "loadbalancer", production: true, check: func(c inspected) {
		c.is(balancerType, "enableDeletionProtection", true)
	}},
	{number: 22, id: "ELB.12", demand: "desync mitigation is defensive or strictest", where: "loadbalancer", check: func(c inspected) {
		for _, r := range c.of(balancerType) {
			assert.Contains(c, []any{"defensive", "strictest"}, r.Get("desyncMitigationMode"), c.stack)
		}
	}},
	{number: 23, id: "ELB.13", demand: "two zones or more", where: "network, loadbalancer", check: func(c inspected) {
		for _, r := range c.of(balancerType) {
			subnets, _ := r.Get("subnets").([]any)
			assert.GreaterOrEqual(c, len(subnets), 2, c.stack)
		}
	}},
	{number: 24, id: "ELB.16", demand: "a web ACL is attached", where: "firewall", check: func(c inspected) {
		c.is("aws:wafv2/webAclAssociation:WebAclAssociation", "resourceArn", "arn:aws:mock:ap-southeast-2:123456789012:LoadBalancer/front")
		c.has("aws:wafv2/webAclAssociation:WebAclAssociation", "webAclArn")
	}},
	{number: 25, id: "ELB.17", demand: "a recommended TLS policy, with a post-quantum key exchange", where: "loadbalancer", check: func(c inspected) {
		encrypted := 0
		for _, r := range c.of(listenerType) {
			if r.Get("protocol") == "HTTPS" {
				encrypted++
				assert.Equal(c, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", r.Get("sslPolicy"), r.String())
			}
		}
		assert.Equal(c, 1, encrypted, c.stack)
	}},
	{number: 26, id: "ELB.18", demand: "listeners speak TLS; port 80 only redirects", where: "loadbalancer", check: func(c inspected) {
		for _, r := range c.of(listenerType) {
			if r.Get("port") == 443.0 {
				assert.Equal(c, "HTTPS", r.Get("protocol"), r.String())
				assert.NotEmpty(c, r.Get("certificateArn"), r.String())
				continue
			}
			assert.Equal(c, 80.0, r.Get("port"), r.String())
			assert.Equal(c, "redirect", r.Get("defaultActions.0.type"), r.String())
		}
		c.is("aws:lb/listenerRule:ListenerRule", "listenerArn", "arn:aws:mock:ap-southeast-2:123456789012:Listener/front-https")
	}},
	{
		number: 27, id: "ELB.21, ELB.22", demand: "TLS between load balancer and tasks", where: "service",
		open:  "the application speaks plain HTTP; the path is inside the VPC, and security groups admit the load balancer only",
		owner: "application",
	},
}
