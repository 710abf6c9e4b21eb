// Command pulumi-resource-docker stands in for Pulumi's docker provider where the official one is not installed.
package main

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/local/plugins/docker"
	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

func main() {
	provider.Main(func(engine provider.Engine) pulumirpc.ResourceProviderServer { return docker.New(engine) })
}
