// Command pulumi-resource-simulated takes the place of any provider plugin, by the name that it is linked under; see
// package local/plugins/simulated.
package main

import (
	"fmt"
	"os"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

func main() {
	plan, err := simulated.Given()
	if err == nil {
		var place simulated.Place
		if place, err = simulated.Take(os.Args[0], plan); err == nil {
			provider.Main(func(engine provider.Engine) pulumirpc.ResourceProviderServer { return simulated.New(engine, place) })
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
