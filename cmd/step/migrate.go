package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/components/migration/prisma"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// migrating is what `step migrate` was asked for.
type migrating struct {
	region, status, deploy string
	request                prisma.Request
}

func migrateCommand() *cobra.Command {
	var asked migrating
	command := &cobra.Command{
		Use: "migrate", Short: "bring the database's schema to the release's",
		Long: `Brings the database's schema to that of a task definition's image, by one-off ECS tasks: what is pending is asked,
applied and asked again. What is applied is not applied twice.`,
		Example: `  step migrate --region ap-southeast-2 --cluster flowcomply-production --task-definition flowcomply-backend:42 \
    --container backend --subnets subnet-1,subnet-2 --security-group sg-1 \
    --status '["npx","prisma","migrate","status"]' --deploy '["npx","prisma","migrate","deploy"]'`,
		RunE: awsStep(&asked.region, asked.parse, prisma.Update),
	}
	flags := command.Flags()
	flags.StringVar(&asked.region, "region", "", "AWS `region`")
	flags.StringVar(&asked.request.Cluster, "cluster", "", "cluster's name or `ARN`")
	flags.StringVar(&asked.request.TaskDefinition, "task-definition", "", "`ARN` or family:revision of the release's task definition")
	flags.StringVar(&asked.request.Container, "container", "", "container's `name` in it")
	flags.StringSliceVar(&asked.request.Subnets, "subnets", nil, "the task's subnets' `ids`, by commas")
	flags.StringVar(&asked.request.SecurityGroup, "security-group", "", "the task's security group's `id`")
	flags.StringVar(&asked.status, "status", "", "`command` as a JSON list; exit code 0: nothing is pending, unless Prisma's text says otherwise")
	flags.StringVar(&asked.deploy, "deploy", "", "`command` as a JSON list; applies what is pending")
	flags.DurationVar(&asked.request.Timeout, "timeout", 15*time.Minute, "longest that a command may take")
	return command
}

func (a *migrating) parse(args []string) (prisma.Request, error) {
	request := a.request
	var m exit.Mistakes
	m.AddIf(a.region == "", "--region is missing")
	m.AddIf(request.Cluster == "", "--cluster is missing")
	m.AddIf(request.TaskDefinition == "", "--task-definition is missing")
	m.AddIf(request.Container == "", "--container is missing")
	m.AddIf(len(request.Subnets) == 0, "--subnets is missing")
	m.AddIf(request.SecurityGroup == "", "--security-group is missing")
	m.FlagsOnly(args)
	for _, command := range []struct {
		name, text string
		into       *[]string
	}{{"status", a.status, &request.Status}, {"deploy", a.deploy, &request.Deploy}} {
		err := json.Unmarshal([]byte(command.text), command.into)
		m.AddIf(err != nil || len(*command.into) == 0,
			`--%s %q: want a command as a JSON list, such as ["npx","prisma","migrate","status"]`, command.name, command.text)
	}
	m.AddIf(request.Timeout <= 0, "--timeout %s: want more than nothing", request.Timeout)
	return request, m.Err()
}
