// Command snapshot takes a snapshot of a database before a release, waits until it is whole, and removes the ones that
// are too many (runbook 1.3).
//
//	go run ./components/snapshot/cmd/snapshot -region ap-southeast-2 -database flowcomply-production \
//	  -id flowcomply-production-pre-deploy-v1-1-0-7 -version v1.1.0 -number 7 -stack production
//
// Progress is shown on standard error; one line of JSON on standard output says what was done. RDS takes the snapshot by
// itself once it has begun: run the command again after any failure, interruption or time-out, and it takes up the one
// that is there. A snapshot of that name that is of another release or database is left as it is, and is an error.
//
// It needs rds:CreateDBSnapshot, rds:AddTagsToResource, rds:DescribeDBSnapshots, rds:DescribeDBInstances and, for what it
// removes, rds:DeleteDBSnapshot.
//
// Exit codes: 0 the snapshot is whole, 1 it is not, 2 called wrongly.
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
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/flowcomply/infrastructure/components/internal/program"
)

// request is what to take a snapshot of, and for which release.
type request struct {
	region, database, id   string
	version, number, stack string
	keep                   int
	timeout                time.Duration
}

// between is the time between two looks at a snapshot.
const between = 2 * time.Second

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	return program.Program[request, receipt]{Name: "snapshot", Parse: parse, Do: do}.Run(args, stdout, stderr)
}

func do(ctx context.Context, asked request, show io.Writer) (receipt, error) {
	account, err := config.LoadDefaultConfig(ctx, config.WithRegion(asked.region))
	if err != nil {
		return receipt{}, err
	}
	t := taker{request: asked, rds: rds.NewFromConfig(account), show: show, every: between}
	return t.take(ctx)
}

const usage = `Take a snapshot of a database before a release, wait until it is whole, and remove the ones that are too many:

  snapshot -region ap-southeast-2 -database flowcomply-production \
    -id flowcomply-production-pre-deploy-v1-1-0-7 -version v1.1.0 -number 7 -stack production

Run it again after any failure: it takes up the snapshot that is there.`

// identifier is what RDS takes as a snapshot's name; it writes capitals small, so none are taken.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// longest is the longest that name may be.
const longest = 255

func parse(args []string, stderr io.Writer) (request, error) {
	flags := flag.NewFlagSet("snapshot", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\n", usage)
		flags.PrintDefaults()
	}
	var asked request
	var number int
	flags.StringVar(&asked.region, "region", "", "AWS `region`")
	flags.StringVar(&asked.database, "database", "", "the database instance's `identifier`")
	flags.StringVar(&asked.id, "id", "", "the snapshot's `name`")
	flags.StringVar(&asked.version, "version", "", "the release's `version`, for a tag")
	flags.IntVar(&number, "number", 0, "the how many-th `release` of the stack it is, for a tag")
	flags.StringVar(&asked.stack, "stack", "", "the stack's `name`, for a tag")
	flags.IntVar(&asked.keep, "keep", 10, "how many of the database's snapshots before a release are kept, this one included; 2 or more")
	flags.DurationVar(&asked.timeout, "timeout", time.Hour, "longest to wait, for a database that is busy too")
	if err := flags.Parse(args); err != nil {
		return request{}, err
	}
	asked.number = fmt.Sprint(number)
	var errs []error
	want := func(ok bool, format string, values ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, values...))
		}
	}
	want(asked.region != "", "-region is missing")
	want(asked.database != "", "-database is missing")
	want(asked.version != "", "-version is missing")
	want(asked.stack != "", "-stack is missing")
	want(identifier.MatchString(asked.id) && len(asked.id) <= longest,
		"-id %q: want at most %d small letters, digits and single hyphens, beginning with a letter", asked.id, longest)
	want(number >= 1, "-number %d: want 1 or more", number)
	want(asked.keep >= 2, "-keep %d: want 2 or more", asked.keep)
	want(asked.timeout > 0, "-timeout %s: want more than nothing", asked.timeout)
	want(flags.NArg() == 0, "%q: flags only", flags.Arg(0))
	return asked, errors.Join(errs...)
}
