package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
)

// tlsPolicy is AWS's recommended one: TLS 1.2 and 1.3, forward secrecy only
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

// listeners declares HTTP, which only redirects, and HTTPS, which knows no host by itself.
func listeners(b *component.Builder, target *lb.LoadBalancer, args Args) (http, https *lb.Listener, err error) {
	http, err = lb.NewListener(b.Ctx, b.Name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: target.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("http: %w", err)
	}
	https, err = lb.NewListener(b.Ctx, b.Name+"-https", &lb.ListenerArgs{
		LoadBalancerArn: target.Arn,
		Port:            pulumi.Int(443),
		Protocol:        pulumi.String("HTTPS"),
		SslPolicy:       pulumi.String(tlsPolicy),
		CertificateArn:  args.CertificateArn,
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"), MessageBody: pulumi.String("not found"), StatusCode: pulumi.String("404"),
			},
		}},
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("https: %w", err)
	}
	return http, https, nil
}
