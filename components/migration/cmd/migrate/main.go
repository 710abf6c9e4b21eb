// Command migrate brings the database's schema to that of a task definition's image, by one-off ECS tasks: what is
// pending is asked, applied and asked again (runbook 3.2).
//
//	go run ./components/migration/cmd/migrate -region ap-southeast-2 -cluster flowcomply-production \
//	  -task-definition flowcomply-backend:42 -container backend -subnets subnet-1,subnet-2 -security-group sg-1 \
//	  -status '["npx","prisma","migrate","status"]' -deploy '["npx","prisma","migrate","deploy"]'
//
// What the tasks write is shown on standard error as they run; one line of JSON on standard output says what was done.
// The database's address and password stay in AWS: ECS reads them from Secrets Manager into the task. A task that takes
// longer than -timeout, or is interrupted, is stopped, so that it holds no lock; one that an interrupted run left is
// waited for. Run it again after any failure: what is applied is not applied twice.
//
// Exit codes: 0 the schema is the release's, 1 it is not, 2 called wrongly.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/flowcomply/infrastructure/components/internal/program"
	"github.com/flowcomply/infrastructure/components/migration/prisma"
	"github.com/flowcomply/infrastructure/components/migration/task"
)

// request is what to migrate with.
type request struct {
	region, cluster, definition, container, group string
	subnets                                       []string
	status, deploy                                []string
	timeout                                       time.Duration
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	return program.Program[request, receipt]{Name: "migrate", Parse: parse, Do: do}.Run(args, stdout, stderr)
}

func do(ctx context.Context, asked request, show io.Writer) (receipt, error) {
	account, err := config.LoadDefaultConfig(ctx, config.WithRegion(asked.region))
	if err != nil {
		return receipt{}, err
	}
	return migrate(ctx, asked.definition, newMigrator(asked, ecs.NewFromConfig(account), cloudwatchlogs.NewFromConfig(account), show))
}

func newMigrator(asked request, of task.ECS, logs task.Logs, show io.Writer) prisma.Migrator {
	return prisma.Migrator{Status: asked.status, Deploy: asked.deploy, Next: prisma.Advice, Tasks: task.Runner{
		ECS: of, Logs: logs, Show: show, Look: time.Second, Cluster: asked.cluster, Definition: asked.definition, Container: asked.container,
		Subnets: asked.subnets, SecurityGroup: asked.group, Name: "migrate", StartedBy: startedBy, Timeout: asked.timeout, Late: late,
	}}
}

func parse(args []string, stderr io.Writer) (request, error) {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var asked request
	var subnets, status, deploy string
	flags.StringVar(&asked.region, "region", "", "AWS `region`")
	flags.StringVar(&asked.cluster, "cluster", "", "cluster's name or `ARN`")
	flags.StringVar(&asked.definition, "task-definition", "", "`ARN` or family:revision of the release's task definition")
	flags.StringVar(&asked.container, "container", "", "container's `name` in it")
	flags.StringVar(&subnets, "subnets", "", "the task's subnets' `ids`, by commas")
	flags.StringVar(&asked.group, "security-group", "", "the task's security group's `id`")
	flags.StringVar(&status, "status", "", "`command` as a JSON list; exit code 0: nothing is pending, unless Prisma's text says otherwise")
	flags.StringVar(&deploy, "deploy", "", "`command` as a JSON list; applies what is pending")
	flags.DurationVar(&asked.timeout, "timeout", 15*time.Minute, "longest that a command may take")
	if err := flags.Parse(args); err != nil {
		return request{}, err
	}
	var errs []error
	need := func(value, name string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("-%s is missing", name))
		}
	}
	need(asked.region, "region")
	need(asked.cluster, "cluster")
	need(asked.definition, "task-definition")
	need(asked.container, "container")
	need(subnets, "subnets")
	need(asked.group, "security-group")
	if flags.NArg() > 0 {
		errs = append(errs, fmt.Errorf("%q: flags only", flags.Arg(0)))
	}
	for _, command := range []struct {
		name, text string
		into       *[]string
	}{{"status", status, &asked.status}, {"deploy", deploy, &asked.deploy}} {
		if err := json.Unmarshal([]byte(command.text), command.into); err != nil || len(*command.into) == 0 {
			errs = append(errs, fmt.Errorf(`-%s %q: want a command as a JSON list, such as ["npx","prisma","migrate","status"]`, command.name, command.text))
		}
	}
	if asked.timeout <= 0 {
		errs = append(errs, fmt.Errorf("-timeout %s: want more than nothing", asked.timeout))
	}
	asked.subnets = strings.Split(subnets, ",")
	return asked, errors.Join(errs...)
}
