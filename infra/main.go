// Command infra is the Pulumi program: FlowComply's AWS, from one stack file.
package main

import (
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/stacks"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		source, err := stacks.FromEngine(os.Getenv(pulumi.EnvConfig), os.Getenv(pulumi.EnvConfigSecretKeys))
		if err != nil {
			return err
		}
		return program(ctx, source)
	})
}
