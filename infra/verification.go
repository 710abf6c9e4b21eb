package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// newVerification declares the verification of what the update has made, the last resource of all, and returns what the
// stack exports. While a restore holds the services, nothing runs that could be asked, and the exports stay as they are.
func newVerification(env environment, front *front, workloads *workloads, watch *watch, wanted pulumi.Map) (pulumi.Map, error) {
	if env.spec.Database.Held() {
		return pulumi.ToMap(env.release.all), nil
	}
	after := slices.Concat(front.balancer.Open, watch.resources())
	for _, name := range slices.Sorted(maps.Keys(workloads.services)) {
		after = append(after, workloads.services[name].Deployed...)
	}
	leftOut, notRolled := env.leftOut(workloads)
	question := pulumi.All(pulumi.JSONMarshal(wanted), pulumi.ToStringArrayOutput(leftOut), pulumi.ToStringArrayOutput(notRolled)).
		ApplyT(questionOf).(pulumi.StringOutput)
	verified, err := check.New(env.ctx, "verify", check.Wiring{
		Program: "./verify/cmd/verify", Arguments: []string{"--outputs", "-", "--format", "json", "--in-update"}, Question: question, After: after,
	})
	if err != nil {
		return nil, err
	}
	exports, err := env.exports(wanted, question, verified.Report)
	if err == nil && exports == nil {
		return pulumi.ToMap(env.release.all), env.warnUnverified(slices.Concat(leftOut, notRolled))
	}
	return exports, err
}

// leftOut is what each part of the release says of an update that did not make it, and what services say that do not run
// it. These are told apart: a service may have been rolled, and gone back by itself.
func (e environment) leftOut(workloads *workloads) (parts, notRolled []pulumi.StringOutput) {
	parts = slices.Clone(workloads.leftOut)
	for _, name := range slices.Sorted(maps.Keys(workloads.services)) {
		service := workloads.services[name]
		parts, notRolled = append(parts, workloads.images[name].LeftOut, service.LeftOut), append(notRolled, service.NotRolled)
	}
	return append(parts, e.preflightLeftOut), notRolled
}

// questionOf is what verify is asked: the outputs, or, where the update left out parts of the release, which.
func questionOf(all []any) (string, error) {
	said := func(parts any) []string {
		return slices.DeleteFunc(slices.Clone(parts.([]string)), func(part string) bool { return part == "" })
	}
	question := outputs.UpdateQuestion{LeftOut: said(all[1]), NotRolled: said(all[2])}
	if len(question.LeftOut) == 0 {
		question.Outputs = json.RawMessage(all[0].(string))
	}
	text, err := json.Marshal(question)
	return string(text), err
}

// exports are the wanted outputs, if a verification of exactly these has passed; nil if none has.
//
// That the verification is declared does not say so. Where an update is limited to other resources (--target, --exclude), or
// is a refresh that runs the program, the engine answers with the verification that is in the state, of whatever release it
// was; where it is in no state, with nothing. So its receipt is compared with the outputs.
func (e environment) exports(wanted pulumi.Map, question, report pulumi.StringOutput) (pulumi.Map, error) {
	asked, err := internals.UnsafeAwaitOutput(e.ctx.Context(), question)
	if err != nil {
		return nil, err
	}
	answer, err := internals.UnsafeAwaitOutput(e.ctx.Context(), report)
	known := asked.Known && answer.Known
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s was not verified: %w", e.release.version, err)
	case !known && e.ctx.DryRun():
		return waiting(wanted, report), nil // a preview: the verification will be made
	case known && covered(asked.Value.(string), answer.Value.(string)):
		return wanted, nil
	}
	return nil, nil
}

// waiting are exports that are known once the verification has been made.
func waiting(wanted pulumi.Map, report pulumi.StringOutput) pulumi.Map {
	exports := pulumi.Map{}
	for key, value := range wanted {
		exports[key] = pulumi.All(value, report).ApplyT(func(all []any) any { return all[0] })
	}
	return exports
}

// covered tells whether a report has the receipt for the outputs that were asked about.
func covered(question, report string) bool {
	var asked struct {
		Outputs   *outputs.Outputs
		NotRolled []string
	}
	if json.Unmarshal([]byte(question), &asked) != nil || asked.Outputs == nil || len(asked.NotRolled) > 0 {
		return false
	}
	return outputs.ReadVerified([]byte(report)).Covers(*asked.Outputs)
}

// warnUnverified says that the exports stay those of the release that was verified last, and why.
func (e environment) warnUnverified(leftOut []pulumi.StringOutput) error {
	text := fmt.Sprintf("%s was not verified: this was no whole update (--target, --exclude, or a refresh)", e.release.version)
	for _, part := range leftOut {
		said, err := internals.UnsafeAwaitOutput(e.ctx.Context(), part)
		if err != nil {
			return err
		}
		if reason, _ := said.Value.(string); said.Known && reason != "" {
			text += "\n  " + reason
		}
	}
	kept := "the stack has no outputs before a release is verified"
	if e.release.before.Version != "" {
		kept = "the stack's outputs stay those of " + e.release.before.Version + ", as it was verified last"
	}
	return e.ctx.Log.Warn(text+"\n"+kept+"\nnext: run `pulumi up` without --target and --exclude", nil)
}
