// Package notify tells people how a deployment ended, in one message on the stack's notification topic: that of the mails
// that are read within the working day. A deployment that failed does not page: who released sees it fail, and what it did to
// users pages by its own alarm.
package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// Publisher publishes a message; *sns.Client is one.
type Publisher interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// longestSubject is one less than SNS takes: "less than 100 characters" of ASCII without line breaks
// (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
const longestSubject = 99

// longestBody is far below what SNS takes (256 KiB), and more than anybody reads in a mail.
const longestBody = 16 << 10

// timeout is how long sending may take: it comes after everything else, and nobody should wait for it.
const timeout = 20 * time.Second

// Send publishes the message about a deployment to a topic (the stack's output notifyTopicArn). The log is where its files
// are, for people; it may be empty. The message was not sent if there is an error, which is no reason to call the
// deployment failed: print it as a warning.
func Send(ctx context.Context, api Publisher, topicArn string, d deploylog.Deployment, log string) error {
	if topicArn == "" {
		return errors.New("notification: no topic: the stack's outputs have no notifyTopicArn; nobody was told how the deployment ended")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	subject, body := Message(d, log)
	if _, err := api.Publish(ctx, &sns.PublishInput{TopicArn: &topicArn, Subject: &subject, Message: &body}); err != nil {
		return fmt.Errorf("notification: topic %s: %w; nobody was told how the deployment ended: allow sns:Publish, "+
			"and kms:GenerateDataKey and kms:Decrypt on the topic's key", topicArn, err)
	}
	return nil
}

// Message is what Send sends: a subject for a list of mails, and a text for people. It holds no credentials.
func Message(d deploylog.Deployment, log string) (subject, body string) {
	d = d.Clean()
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n", headline(d))
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-14s%s\n", what, text)
		}
	}
	line("Stack", d.Stack)
	version := d.Version
	if d.Previous != "" {
		version += ", before it " + d.Previous
	}
	line("Version", version)
	line("Began", d.Start.Format("2006-01-02 3:04 PM MST"))
	line("Took", deploylog.FormatDuration(d.Took()))
	line("By", d.SignOff.DeployedBy)
	line("Rollback", rollback(d.Rollback))
	for _, c := range d.Components {
		line(c.Service, component(c))
	}
	line("Database", d.Database.String())
	line("Snapshot", d.SnapshotID)
	for _, issue := range d.AllIssues() {
		if issue.Warning && len(issue.Causes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", issue.What)
		for _, cause := range issue.Causes {
			fmt.Fprintf(&b, "  %s\n", cause)
		}
		if issue.Next != "" {
			fmt.Fprintf(&b, "  Next: %s\n", issue.Next)
		}
	}
	if log != "" {
		fmt.Fprintf(&b, "\nThe log: %s\n", log)
	}
	body = b.String()
	if len(body) > longestBody {
		body = strings.ToValidUTF8(body[:longestBody], "") + "\n… the rest is in the log.\n"
	}
	return ascii(headline(d)), body
}

// headline is the message in one line.
func headline(d deploylog.Deployment) string {
	switch d.Status {
	case deploylog.Succeeded:
		return fmt.Sprintf("Deployed %s to %s in %s", d.Version, d.Stack, deploylog.FormatDuration(d.Took()))
	case deploylog.RolledBackManually:
		return fmt.Sprintf("%s went back from %s to %s", d.Stack, d.Previous, d.Version)
	case deploylog.RolledBack:
		to := "the version before it"
		if d.Rollback != nil {
			to = d.Rollback.To
		}
		return fmt.Sprintf("FAILED and rolled back: %s on %s, which runs %s", d.Version, d.Stack, to)
	default: // failed, or a status that is not known here
		failed := fmt.Sprintf("FAILED: deployment of %s to %s", d.Version, d.Stack)
		if d.Rollback != nil {
			failed += ", and the rollback to " + d.Rollback.To
		}
		return failed
	}
}

func rollback(back *deploylog.Rollback) string {
	switch {
	case back == nil:
		return ""
	case back.Failed:
		return "to " + back.To + " failed: it is not known what runs"
	case back.Reason != "":
		return "to " + back.To + ", as " + back.Reason
	}
	return "to " + back.To
}

func component(c deploylog.Component) string {
	switch {
	case c.Version == "":
		return "not deployed"
	case c.Note != "":
		return c.Version + " (" + c.Note + ")"
	case !c.Changed:
		return c.Version + " (unchanged)"
	}
	return c.Version
}

// ascii makes a subject that SNS takes: anything else is a question mark, and what is too long ends in dots.
func ascii(s string) string {
	subject := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
	if len(subject) > longestSubject {
		subject = subject[:longestSubject-3] + "..."
	}
	return subject
}
