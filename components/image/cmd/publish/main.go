// Command publish makes sure that an ECR repository holds an image that exists already under a release's version, and
// builds nothing (runbook 2.3). It copies an image by digest from another repository:
//
//	go run ./components/image/cmd/publish -region ap-southeast-2 \
//	  -to 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-backend:v1.1.0 \
//	  -from 123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-staging-backend@sha256:…
//
// or it checks that the repository holds a digest that was built from a content:
//
//	go run ./components/image/cmd/publish -region ap-southeast-2 -to …/flowcomply-backend:v1.1.0 -digest sha256:… -content sha256:…
//
// In both cases the image has to be one that ECS can run, one manifest of the -platform. A tag is never moved. Nothing
// is copied twice: run it again after any failure. What it does is shown on standard error; one line of JSON on standard
// output says what was done. The registry's login comes from ECR, and is sent to that registry alone.
//
// Exit codes: 0 the repository holds the image, 1 it does not, 2 called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/logs"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/flowcomply/infrastructure/components/internal/program"
)

// request is which image has to be where.
type request struct {
	region, platform string
	to               name.Tag
	from             *name.Digest // what to copy; nil to check what is there
	digest           string       // what -to has to be, or becomes
	content          string       // what it was built from; empty where nobody knows
	timeout          time.Duration
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	return program.Program[request, receipt]{Name: "publish", Parse: parse, Do: inTime}.Run(args, stdout, stderr)
}

func inTime(ctx context.Context, asked request, show io.Writer) (receipt, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, asked.timeout, fmt.Errorf("it took longer than %s", asked.timeout))
	defer cancel()
	done, err := asked.do(ctx, show)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return done, err
}

func (r request) do(ctx context.Context, show io.Writer) (receipt, error) {
	account, err := config.LoadDefaultConfig(ctx, config.WithRegion(r.region))
	if err != nil {
		return receipt{}, err
	}
	keys, err := login(ctx, ecr.NewFromConfig(account))
	if err != nil {
		return receipt{}, err
	}
	logs.Progress.SetOutput(show) // a line for each layer
	logs.Progress.SetFlags(0)
	logs.Progress.SetPrefix("publish: ")
	return publisher{request: r, keys: keys, show: show}.publish(ctx)
}

var (
	digestPattern   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	platformPattern = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+$`)
)

func parse(args []string, stderr io.Writer) (request, error) {
	flags := flag.NewFlagSet("publish", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var asked request
	var to, from string
	flags.StringVar(&asked.region, "region", "", "AWS `region` of the registry")
	flags.StringVar(&asked.platform, "platform", "linux/amd64", "`os/architecture` that the image has to be of")
	flags.StringVar(&to, "to", "", "`repository:tag` that has to hold the image")
	flags.StringVar(&from, "from", "", "`repository@digest` to copy to it")
	flags.StringVar(&asked.digest, "digest", "", "`digest` that it holds already; this or -from")
	flags.StringVar(&asked.content, "content", "", "`hash` of what the image has to be built from; needed with -digest")
	flags.DurationVar(&asked.timeout, "timeout", 15*time.Minute, "longest that all of it may take")
	if err := flags.Parse(args); err != nil {
		return request{}, err
	}
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(flags.NArg() > 0, "%q: flags only", flags.Arg(0))
	wrong(asked.region == "", "-region is missing")
	wrong(!platformPattern.MatchString(asked.platform), "-platform %q: want a system and an architecture, such as linux/amd64", asked.platform)
	wrong((from == "") == (asked.digest == ""), "want either -from or -digest")
	wrong(asked.digest != "" && !digestPattern.MatchString(asked.digest), "-digest %q: want sha256:<64 hex digits>", asked.digest)
	wrong(asked.digest != "" && asked.content == "", "-content is missing; -digest needs it")
	wrong(asked.content != "" && !digestPattern.MatchString(asked.content), "-content %q: want sha256:<64 hex digits>", asked.content)
	wrong(asked.timeout <= 0, "-timeout %s: want more than nothing", asked.timeout)
	var err error
	asked.to, err = name.NewTag(to, name.StrictValidation)
	wrong(err != nil, "-to %q: want <repository>:<tag> with the registry's name: %w", to, err)
	if from != "" {
		image, err := name.NewDigest(from, name.StrictValidation)
		wrong(err != nil, "-from %q: want <repository>@sha256:<64 hex digits> with the registry's name: %w", from, err)
		asked.from, asked.digest = &image, image.DigestStr()
	}
	return asked, errors.Join(errs...)
}
