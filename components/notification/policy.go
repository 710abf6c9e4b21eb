package notification

import "github.com/flowcomply/infrastructure/components/internal/iampolicy"

// publisher is an AWS service that may publish to a topic.
type publisher struct {
	sid, service  string
	unconditional bool // sends no source account along; a condition on it would refuse every message
}

var (
	alarms  = publisher{sid: "Alarms", service: "cloudwatch.amazonaws.com"}
	budgets = publisher{sid: "Budgets", service: "budgets.amazonaws.com"}
	rds     = publisher{sid: "Database", service: "events.rds.amazonaws.com"}
	// EventBridge: "You can't use Condition blocks in Amazon SNS topic policies",
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
	events = publisher{sid: "Events", service: "events.amazonaws.com", unconditional: true}
)

// policyDocument lets services, and nobody else, publish to one topic. It
// replaces the default policy, which speaks of every principal; people and
// roles of the account need permission of their own.
func policyDocument(topicArn, accountID string, publishers []publisher) string {
	var statements []iampolicy.Statement
	for _, p := range publishers {
		statement := iampolicy.Statement{
			Sid:        p.sid,
			Principals: iampolicy.Principals{Services: []string{p.service}},
			Actions:    []string{"sns:Publish"},
			Resources:  []string{topicArn},
		}
		if !p.unconditional {
			statement.Conditions = iampolicy.Conditions{"StringEquals": {"aws:SourceAccount": {accountID}}}
		}
		statements = append(statements, statement)
	}
	return iampolicy.Document(statements...)
}
