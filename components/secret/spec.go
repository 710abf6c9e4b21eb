package secret

import (
	"github.com/flowcomply/infrastructure/components/validate"
)

// Source says where a secret's value comes from.
type Source string

// The sources of a secret.
const (
	FromDatabase Source = "database"  // the database's connection string
	FromCache    Source = "cache"     // the cache's connection string
	Generated    Source = "generated" // a random value made at deployment
	FromOperator Source = "operator"  // a value that an operator put into the stack's encrypted configuration
)

// The strength of a generated value in bytes: the default, and what the generator takes.
const (
	DefaultBytes = 32
	minBytes     = 16
	maxBytes     = 64
)

// Spec is what an operator decides about one secret.
type Spec struct {
	// Source is database, cache, generated or operator.
	Source Source `json:"source"`
	// Rotation counts a generated value's rotations: the next number makes a new value, and the services that use it
	// roll. Going back to an earlier number makes a new value too, never the old one. Default: 0.
	Rotation int `json:"rotation,omitempty"`
	// Bytes is a generated value's strength, 16 to 64. Changing it makes a new value, as a rotation does. Default: 32.
	Bytes int `json:"bytes,omitempty"`
}

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.OneOf("source", s.Source, FromDatabase, FromCache, Generated, FromOperator),
		s.onlyGenerated(),
	)
}

// onlyGenerated checks what only a generated value has. The database's and the cache's own rotations are in their
// sections.
func (s Spec) onlyGenerated() error {
	if s.Source == Generated {
		return s.Generation().Validate()
	}
	var rotation, bytes error
	if s.Rotation != 0 {
		rotation = validate.Fail("rotation", "only a generated value rotates here", "leave it out")
	}
	if s.Bytes != 0 {
		bytes = validate.Fail("bytes", "only a generated value has a strength", "leave it out")
	}
	return validate.All(rotation, bytes)
}

// Generation is how a generated value is made, with the default strength filled in.
func (s Spec) Generation() GenerateSpec {
	out := GenerateSpec{Bytes: s.Bytes, Rotation: s.Rotation}
	if out.Bytes == 0 {
		out.Bytes = DefaultBytes
	}
	return out
}
