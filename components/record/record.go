// Package record opens components/internal/record to the tests of the program, which lie outside components and may
// not import what is internal to them, and to the simulated providers of local/. It adds nothing.
package record

import "github.com/flowcomply/infrastructure/components/internal/record"

type (
	// Graph is everything a program registered.
	Graph = record.Graph
	// Resource is one registration.
	Resource = record.Resource
	// Call is one invoke.
	Call = record.Call
	// Option changes how a program is run.
	Option = record.Option
)

// Digest is the image digest that every recorded build answers with.
const Digest = record.Digest

// How a program is recorded.
var (
	Try     = record.Try
	Preview = record.Preview
	Config  = record.Config
	On      = record.On
	Answer  = record.Answer
	// AnswerWith is Answer for what depends on a resource's inputs.
	AnswerWith = record.AnswerWith
	// AnswerCall is Answer for invokes.
	AnswerCall = record.AnswerCall
	Pushed     = record.Pushed
	// Fail makes one resource fail, FailCall the invokes of a token.
	Fail     = record.Fail
	FailCall = record.FailCall
	Golden   = record.Golden
	// Computed and Answered are what providers add, for those who stand in for a provider before a real engine.
	Computed = record.Computed
	Answered = record.Answered
)
