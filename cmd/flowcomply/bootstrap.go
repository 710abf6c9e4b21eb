package main

import (
	"fmt"
	"io"
	"os"
	"path"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/release/bootstrap"
	"github.com/flowcomply/infrastructure/stacks"
)

func bootstrapCommand() *cobra.Command {
	var on target
	var bucket string
	command := &cobra.Command{
		Use: "bootstrap", Short: "make the key and the state bucket that a stack needs before its first update",
		Long: `bootstrap makes, in the stack's account, what no stack can make for itself:

  - the KMS key that the stack file's secretsprovider names, rotated each year;
  - the S3 bucket that keeps Pulumi's states: versioned, closed to the public, reached over TLS alone;
  - the role that ECS acts with, in an account that has never run ECS: AWSServiceRoleForECS.

What is there is kept, so it can be run again. It says what it did, and the commands that come next.`,
		RunE: onceRight(on.mistakes, func(command *cobra.Command) error {
			spec, err := specOf(on.File, bucket)
			if err != nil {
				return exit.Refuse(err)
			}
			return bootstrapped(command, spec, on.Name)
		}),
	}
	on.flags(command)
	command.Flags().StringVar(&bucket, "bucket", "", "the bucket's name (default flowcomply-pulumi-<account>)")
	return command
}

func specOf(file, bucket string) (bootstrap.Spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return bootstrap.Spec{}, fmt.Errorf("stack file: %w", err)
	}
	config, err := pulumiconfig.Read(stacks.Namespace, file, text)
	if err != nil {
		return bootstrap.Spec{}, err
	}
	spec, err := bootstrap.SpecOf(stacks.Source{Values: config.Values}, config.SecretsProvider)
	if bucket != "" {
		spec.Bucket = bucket
	}
	return spec, err
}

func bootstrapped(command *cobra.Command, spec bootstrap.Spec, stack string) error {
	connected, err := account.Connect(command.Context(), spec.Region, spec.Account, signInWithin)
	if err != nil {
		return err
	}
	keys := kms.NewFromConfig(connected, func(o *kms.Options) { o.Region = spec.KeyRegion })
	out := command.OutOrStdout()
	tell := func(done bootstrap.Done) { fmt.Fprintf(out, "%-48s %s\n", done.What, done.How) }
	if err := bootstrap.Run(command.Context(), spec, keys, s3.NewFromConfig(connected), iam.NewFromConfig(connected), tell); err != nil {
		return err
	}
	next(out, spec, stack)
	return nil
}

// next says what to do then: the README's commands, with this stack's values.
func next(out io.Writer, spec bootstrap.Spec, stack string) {
	fmt.Fprintf(out, "\nnext:\n  pulumi login %s\n  pulumi stack init %s --secrets-provider %s\n",
		shell.Quote("s3://"+spec.Bucket+"?region="+spec.Region), shell.Quote(stack), shell.Quote(spec.Provider))
	fmt.Fprintf(out, "  pulumi config set --secret … for each secret; `pulumi preview` names those that are missing\n")
	fmt.Fprintf(out, "  git commit %s\n", shell.Quote("Pulumi."+path.Base(stack)+".yaml"))
}
