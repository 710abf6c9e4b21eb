// Package record opens components/internal/record to the tests of the program, which lie outside components and may
// not import what is internal to them. It adds nothing.
package record

import "github.com/flowcomply/infrastructure/components/internal/record"

// What a recording consists of.
type (
	Graph    = record.Graph
	Resource = record.Resource
	Call     = record.Call
	Option   = record.Option
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
	Golden  = record.Golden
)
