package main

import (
	"regexp"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/components/image/publish"
	"github.com/flowcomply/infrastructure/internal/exit"
)

var (
	digestPattern   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	platformPattern = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+$`)
)

// publishing is what `step publish` was asked for.
type publishing struct {
	region, to, from string
	request          publish.Request
}

func publishCommand() *cobra.Command {
	var p publishing
	command := &cobra.Command{
		Use: "publish", Short: "make sure that a repository holds an image that exists already",
		Long: `Makes sure that an ECR repository holds an image that exists already under a release's version, and builds nothing.
With --from it copies the image by digest from another repository; with --digest and --content it checks that the repository
holds that digest, built from that content. A tag is never moved.`,
		Example: `  step publish --region ap-southeast-2 --to 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-backend:v1.1.0 \
    --from 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-staging-backend@sha256:…`,
		RunE: awsStep(&p.region, p.parse, publish.Run),
	}
	flags := command.Flags()
	flags.StringVar(&p.region, "region", "", "AWS `region` of the registry")
	flags.StringVar(&p.request.Platform, "platform", "linux/amd64", "`os/architecture` that the image has to be of")
	flags.StringVar(&p.to, "to", "", "`repository:tag` that has to hold the image")
	flags.StringVar(&p.from, "from", "", "`repository@digest` to copy to it")
	flags.StringVar(&p.request.Digest, "digest", "", "`digest` that it holds already; this or --from")
	flags.StringVar(&p.request.Content, "content", "", "`hash` of what the image has to be built from; needed with --digest")
	flags.DurationVar(&p.request.Timeout, "timeout", 15*time.Minute, "longest that all of it may take")
	return command
}

func (p *publishing) parse(args []string) (publish.Request, error) {
	asked := p.request
	var m exit.Mistakes
	m.FlagsOnly(args)
	m.AddIf(p.region == "", "--region is missing")
	m.AddIf(!platformPattern.MatchString(asked.Platform), "--platform %q: want a system and an architecture, such as linux/amd64", asked.Platform)
	m.AddIf((p.from == "") == (asked.Digest == ""), "want either --from or --digest")
	m.AddIf(asked.Digest != "" && !digestPattern.MatchString(asked.Digest), "--digest %q: want sha256:<64 hex digits>", asked.Digest)
	m.AddIf(asked.Digest != "" && asked.Content == "", "--content is missing; --digest needs it")
	m.AddIf(asked.Content != "" && !digestPattern.MatchString(asked.Content), "--content %q: want sha256:<64 hex digits>", asked.Content)
	m.AddIf(asked.Timeout <= 0, "--timeout %s: want more than nothing", asked.Timeout)
	var err error
	asked.To, err = name.NewTag(p.to, name.StrictValidation)
	m.AddIf(err != nil, "--to %q: want <repository>:<tag> with the registry's name: %w", p.to, err)
	if p.from != "" {
		image, err := name.NewDigest(p.from, name.StrictValidation)
		m.AddIf(err != nil, "--from %q: want <repository>@sha256:<64 hex digits> with the registry's name: %w", p.from, err)
		asked.From, asked.Digest = &image, image.DigestStr()
	}
	return asked, m.Err()
}
