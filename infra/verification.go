package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// declareVerification declares the verification of what the update has made, the last resource of all. It returns what the
// stack exports: the outputs once they are verified, else those of the last verified release. While a restore holds the
// services, nothing runs that could be verified, and the exports stay.
func (e *environment) declareVerification(wanted pulumi.Map) (pulumi.Map, error) {
	if e.spec.Database.ScaledToZero() {
		return pulumi.ToMap(e.release.previous.all), nil
	}
	after := append(slices.Clone(e.ingress.loadBalancer.Open), e.mail.Default)
	for _, set := range e.alarms {
		after = append(after, set.Resources...)
	}
	leftOut, notRolled := slices.Clone(e.leftOut), []pulumi.StringOutput{}
	for _, name := range slices.Sorted(maps.Keys(e.services)) {
		one := e.services[name]
		after = append(after, one.Deployed...)
		leftOut, notRolled = append(leftOut, e.images[name].LeftOut, one.LeftOut), append(notRolled, one.NotRolled)
	}
	request := pulumi.All(pulumi.JSONMarshal(wanted), pulumi.ToStringArrayOutput(leftOut), pulumi.ToStringArrayOutput(notRolled)).
		ApplyT(verificationRequest).(pulumi.StringOutput)
	asked, err := internals.UnsafeAwaitOutput(e.ctx.Context(), request)
	if err != nil {
		return nil, err
	}
	verified, err := check.New(e.ctx, "verify", check.Args{
		Command: "./cmd/step verify", Question: request, After: after, Frozen: e.exportsAlready(asked),
	})
	if err != nil {
		return nil, err
	}
	exports, err := e.exports(wanted, asked, verified.Report)
	if err == nil && exports == nil {
		return pulumi.ToMap(e.release.previous.all), e.warnUnverified(slices.Concat(leftOut, notRolled))
	}
	return exports, err
}

// verificationRequest is what verify is asked: the outputs, or the parts of the release that the update left out. A service
// that does not run the release is told apart: it may have been rolled, and gone back by itself.
func verificationRequest(all []any) (string, error) {
	given := func(reasons any) []string {
		return slices.DeleteFunc(slices.Clone(reasons.([]string)), func(reason string) bool { return reason == "" })
	}
	request := outputs.UpdateQuestion{LeftOut: given(all[1]), NotRolled: given(all[2])}
	if len(request.LeftOut) == 0 {
		request.Outputs = json.RawMessage(all[0].(string))
	}
	text, err := json.Marshal(request)
	return string(text), err
}

// exportsAlready tells whether the request is about the very outputs that the stack exports. These were verified, and are not
// verified again because a later version of the program writes the command in another way.
func (e *environment) exportsAlready(asked internals.UnsafeAwaitOutputResult) bool {
	return asked.Known && e.release.previous.Version != "" && receiptCovers(asked.Value.(string), e.release.previous.Receipt())
}

// exports are the outputs if a verification of exactly these has passed; nil if none has.
//
// That the verification is declared does not say so. Where an update is limited (--target, --exclude, a refresh that runs the
// program), the engine answers with the verification that is in the state, of whatever release. Where none is in the state,
// it answers with nothing. So the receipt is compared with the outputs.
func (e *environment) exports(wanted pulumi.Map, asked internals.UnsafeAwaitOutputResult, report pulumi.StringOutput) (pulumi.Map, error) {
	answer, err := internals.UnsafeAwaitOutput(e.ctx.Context(), report)
	known := asked.Known && answer.Known
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s was not verified: %w", e.release.version, err)
	case !known && e.ctx.DryRun(): // a preview: the verification will be made
		return knownAfter(wanted, report), nil
	case known && receiptCovers(asked.Value.(string), outputs.ReadVerified([]byte(answer.Value.(string)))):
		return wanted, nil
	}
	return nil, nil
}

// knownAfter are exports that are known once the verification has been made.
func knownAfter(wanted pulumi.Map, report pulumi.StringOutput) pulumi.Map {
	exports := pulumi.Map{}
	for key, value := range wanted {
		exports[key] = pulumi.All(value, report).ApplyT(func(all []any) any { return all[0] })
	}
	return exports
}

// receiptCovers tells whether a receipt is one for the outputs in the request.
func receiptCovers(request string, receipt outputs.Verified) bool {
	var asked struct {
		Outputs   *outputs.Outputs
		NotRolled []string
	}
	if json.Unmarshal([]byte(request), &asked) != nil || asked.Outputs == nil || len(asked.NotRolled) > 0 {
		return false
	}
	return receipt.Covers(*asked.Outputs)
}

// warnUnverified says that the exports stay those of the release that was verified last, and why.
func (e *environment) warnUnverified(leftOut []pulumi.StringOutput) error {
	text := fmt.Sprintf("%s was not verified: this was no whole update (--target, --exclude, or a refresh)", e.release.version)
	for _, part := range leftOut {
		answer, err := internals.UnsafeAwaitOutput(e.ctx.Context(), part)
		if err != nil {
			return err
		}
		if reason, _ := answer.Value.(string); answer.Known && reason != "" {
			text += "\n  " + reason
		}
	}
	kept := "the stack has no outputs before a release is verified"
	if e.release.previous.Version != "" {
		kept = "the stack's outputs stay those of " + e.release.previous.Version + ", as it was verified last"
	}
	return e.ctx.Log.Warn(text+"\n"+kept+"\nnext: run `pulumi up` without --target and --exclude", nil)
}
