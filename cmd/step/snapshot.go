package main

import (
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/components/snapshot/take"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// identifier is what RDS takes as a snapshot's name; it writes capitals small, so none are taken.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// longestIdentifier is the longest that name may be.
const longestIdentifier = 255

func snapshotCommand() *cobra.Command {
	var asked take.Request
	command := &cobra.Command{
		Use: "snapshot", Short: "take a snapshot of a database before a release",
		Long: `Takes a snapshot of a database before a release, waits until it is whole, and removes the ones that are too many.
Run it again after any failure: it takes up the snapshot that is there.`,
		Example: `  step snapshot --region ap-southeast-2 --database flowcomply-production \
    --id flowcomply-production-pre-deploy-v1-1-0-7 --version v1.1.0 --number 7 --stack production`,
		RunE: awsStep(&asked.Region, func(args []string) (take.Request, error) { return asked, checkSnapshot(asked, args) }, take.Run),
	}
	addSnapshotFlags(command, &asked)
	return command
}

func addSnapshotFlags(command *cobra.Command, asked *take.Request) {
	flags := command.Flags()
	flags.StringVar(&asked.Region, "region", "", "AWS `region`")
	flags.StringVar(&asked.Database, "database", "", "the database instance's `identifier`")
	flags.StringVar(&asked.ID, "id", "", "the snapshot's `name`")
	flags.StringVar(&asked.Version, "version", "", "the release's `version`, for a tag")
	flags.IntVar(&asked.Number, "number", 0, "the release's `number`, which counts up from 1, for a tag")
	flags.StringVar(&asked.Stack, "stack", "", "the stack's `name`, for a tag")
	flags.IntVar(&asked.Keep, "keep", 10, "how many of the database's snapshots before a release are kept, this one included; 2 or more")
	flags.DurationVar(&asked.Timeout, "timeout", time.Hour, "longest to wait, for a database that is busy too")
}

func checkSnapshot(asked take.Request, args []string) error {
	var m exit.Mistakes
	m.AddIf(asked.Region == "", "--region is missing")
	m.AddIf(asked.Database == "", "--database is missing")
	m.AddIf(asked.Version == "", "--version is missing")
	m.AddIf(asked.Stack == "", "--stack is missing")
	m.AddIf(!identifier.MatchString(asked.ID) || len(asked.ID) > longestIdentifier,
		"--id %q: want at most %d small letters, digits and single hyphens, beginning with a letter", asked.ID, longestIdentifier)
	m.AddIf(asked.Number < 1, "--number %d: want 1 or more", asked.Number)
	m.AddIf(asked.Keep < 2, "--keep %d: want 2 or more", asked.Keep)
	m.AddIf(asked.Timeout <= 0, "--timeout %s: want more than nothing", asked.Timeout)
	m.FlagsOnly(args)
	return m.Err()
}
