package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/deploylog"
	"github.com/flowcomply/infrastructure/release/notify"
	"github.com/flowcomply/infrastructure/release/pulumi"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// logFolder is where deployment logs go unless --log names another: no part of the checkout that Git looks at.
const logFolder = ".local/deployments"

// logged returns what writes an update's log and tells the stack's topic of it. Each does not keep the other from
// happening, and neither is a reason to call the update failed.
//
//runbook:post.immediate#4,post.next#4 writes the deployment log, and says where it is.
//runbook:post.immediate#5 tells the stack's topic of success, failure and going back.
func logged(folder string, dependencies func(context.Context) (deploylog.Dependencies, error), out io.Writer) func(context.Context, release.Outcome) error {
	return func(ctx context.Context, done release.Outcome) error {
		known, _ := dependencies(ctx) // without them, the timeline goes by the clock
		deployment := deploymentOf(done, known)
		if who, err := user.Current(); err == nil {
			deployment.SignOff.DeployedBy = who.Username
		}
		paths, err := deploylog.Write(folder, deployment)
		if err == nil {
			fmt.Fprintf(out, "\ndeployment log: %s, and beside it as a page: %s\n", paths.Markdown, paths.HTML)
		}
		return errors.Join(err, told(ctx, done, deployment, paths.Markdown))
	}
}

// dependenciesOf reads from the stack's state what waits for what.
func dependenciesOf(opened *pulumi.Engine) func(context.Context) (deploylog.Dependencies, error) {
	return func(ctx context.Context) (deploylog.Dependencies, error) {
		state, err := opened.State(ctx)
		if err != nil {
			return nil, err
		}
		return deploylog.ReadState(state)
	}
}

func told(ctx context.Context, done release.Outcome, deployment deploylog.Deployment, log string) error {
	of := done.Before
	if of.NotifyTopicArn == "" {
		of = done.After
	}
	if of.NotifyTopicArn == "" {
		return nil // before the first release there is no topic
	}
	loaded, err := account.Load(ctx, of.Region)
	if err != nil {
		return fmt.Errorf("notification: %w", err)
	}
	return notify.Send(ctx, sns.NewFromConfig(loaded), of.NotifyTopicArn, deployment, log)
}

// deploymentOf is the log of an update, and of what was done about it.
func deploymentOf(done release.Outcome, known deploylog.Dependencies) deploylog.Deployment {
	timeline := timelineOf(done, known)
	made := deploylog.Deployment{
		Stack: done.Stack, Version: done.Version, Previous: done.From, Start: done.Start, End: done.End,
		Status: statusOf(done), Timeline: timeline, Report: reportOf(done),
	}
	now := done.After
	if done.Err != nil {
		now = outputs.Outputs{} // one that failed exports nothing
	}
	made.Database = deploylog.Migrations(done.Before, now, timeline)
	if back := done.Rollback; back != nil {
		made.End = back.End
		way := timelineOf(*back, known)
		made.Rollback = &deploylog.Rollback{To: back.Version, Reason: done.Err.Error(), Failed: back.Err != nil, Timeline: &way, Report: reportOf(*back)}
		if back.Err == nil {
			now = back.After
		}
	}
	made.Components = deploylog.Components(done.Version, done.Before, now, timeline)
	for i, one := range made.Components {
		made.Components[i].Origin = now.Release.Images[one.Service].Origin
	}
	if done.Err == nil {
		made.Number, made.Commit = now.Release.Number, now.Release.Commit
	}
	if done.Err == nil && len(timeline.Of(deploylog.Snapshot)) > 0 {
		made.SnapshotID = now.Release.SnapshotID
	}
	return made
}

func statusOf(done release.Outcome) deploylog.Status {
	switch {
	case done.Err == nil && done.What == release.RolledBack:
		return deploylog.RolledBackManually
	case done.Err == nil:
		return deploylog.Succeeded
	case done.Rollback != nil && done.Rollback.Err == nil:
		return deploylog.RolledBack
	}
	return deploylog.Failed
}

func timelineOf(done release.Outcome, known deploylog.Dependencies) deploylog.Timeline {
	recorder := &deploylog.Recorder{}
	for _, event := range done.Events {
		recorder.Add(event.EngineEvent, event.At)
	}
	return recorder.Timeline(known)
}

// reportOf is verify's report; none where verify did not get to it, or somebody else's words are there.
func reportOf(done release.Outcome) *deploylog.Report {
	report, err := deploylog.ReadReport(done.Report)
	if err != nil {
		return nil
	}
	return report
}
