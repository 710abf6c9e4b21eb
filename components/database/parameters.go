package database

import (
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// parameter is one PostgreSQL setting. A static one can only be changed by a reboot; RDS wants to be told.
type parameter struct {
	name, value string
	static      bool
}

// slowStatementMs is when a statement is logged. The runbook calls a response above 2 s slow; a statement that takes
// half of that alone is worth a line.
//
//runbook:trouble.slow#4 logs statements that take a second or longer.
const slowStatementMs = 1000

// abandonedMs is how often a statement that runs looks whether its client is still there. PostgreSQL does not look by
// itself: what a stopped migration had begun would run on, and hold the migrations' lock, for as long as it takes
// (https://www.postgresql.org/docs/16/runtime-config-connection.html, client_connection_check_interval).
const abandonedMs = 1000

// parameters are the settings that differ from PostgreSQL's defaults on RDS, in alphabetical order. Since the instance
// is created with them, all are in force from its first start.
func parameters(spec Spec) []parameter {
	return []parameter{
		{name: "client_connection_check_interval", value: strconv.Itoa(abandonedMs)},
		{name: "log_connections", value: "1"},
		{name: "log_disconnections", value: "1"},
		{name: "log_lock_waits", value: "1"},
		{name: "log_min_duration_statement", value: strconv.Itoa(slowStatementMs)},
		// A slow or failed statement is logged without its parameters, which are customers' data: PostgreSQL's default for slow
		// ones is the whole of them (https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-PARAMETER-MAX-LENGTH).
		{name: "log_parameter_max_length", value: "0"},
		{name: "log_parameter_max_length_on_error", value: "0"},
		// Definitions only: "all" would write personal data into the log. A role's password is part of its
		// definition, so set one with psql's \password, which sends it hashed.
		{name: "log_statement", value: "ddl"},
		{name: "max_connections", value: strconv.Itoa(spec.MaxConnections), static: true},
		{name: "rds.force_ssl", value: "1", static: true},
	}
}

func parameterArgs(spec Spec) rds.ParameterGroupParameterArray {
	var args rds.ParameterGroupParameterArray
	for _, p := range parameters(spec) {
		method := "immediate"
		if p.static {
			method = "pending-reboot"
		}
		args = append(args, rds.ParameterGroupParameterArgs{
			Name: pulumi.String(p.name), Value: pulumi.String(p.value), ApplyMethod: pulumi.String(method),
		})
	}
	return args
}
