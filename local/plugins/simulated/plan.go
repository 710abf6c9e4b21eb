package simulated

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// variable is how a plan reaches the plugins: they have the environment of the update that starts them.
const variable = "FLOWCOMPLY_SIMULATED"

// Plan is how one update goes. The same plan gives every operation the same latency, however often it is run.
type Plan struct {
	Seed     uint64 `json:"seed"`
	Journal  string `json:"journal"`        // the file that operations are written to; required
	Registry string `json:"registry"`       // the file with the images that were pushed, in this update and before; required
	Fail     string `json:"fail,omitempty"` // the resource that is not made, as <type>::<name>; none when empty
}

// Environment is the plan as NAME=value for the update's environment.
func (p Plan) Environment() (string, error) {
	text, err := json.Marshal(p)
	return variable + "=" + string(text), err
}

// Given reads the plan of this process.
func Given() (Plan, error) {
	var p Plan
	if err := json.Unmarshal([]byte(os.Getenv(variable)), &p); err != nil {
		return p, fmt.Errorf("simulated provider: %s: %w; only a schedule starts this program", variable, err)
	}
	if p.Journal == "" || p.Registry == "" {
		return p, errors.New("simulated provider: " + variable + " names no journal or no registry; only a schedule starts this program")
	}
	return p, nil
}

// fails tells whether this is the resource that is not made.
func (p Plan) fails(urn string) bool {
	return p.Fail != "" && (strings.HasSuffix(urn, "::"+p.Fail) || strings.HasSuffix(urn, "$"+p.Fail))
}

// shape is a distribution of latencies, in milliseconds.
type shape struct {
	name string
	draw func(*rand.Rand) float64
}

// shapes differ in what they make likely: everything at once, one operation that outlasts all others, or two that end
// together.
var shapes = []shape{
	{"none", func(*rand.Rand) float64 { return 0 }},
	{"even", func(r *rand.Rand) float64 { return 40 * r.Float64() }},
	{"exponential", func(r *rand.Rand) float64 { return 12 * r.ExpFloat64() }},
	{"heavy tail", func(r *rand.Rand) float64 { return 3 / math.Pow(1-r.Float64(), 1/1.2) }}, // Pareto: the mean is 18 ms, one in 100 takes 140
	{"two speeds", func(r *rand.Rand) float64 {
		if r.Float64() < 0.7 {
			return 1
		}
		return 100 + 50*r.Float64()
	}},
}

func (p Plan) shape() shape { return shapes[p.random("shape").IntN(len(shapes))] }

// Shape is the name of the distribution that the plan's latencies are of.
func (p Plan) Shape() string { return p.shape().name }

// longest bounds every latency: no single one may take the schedule's time for itself.
const longest = 3 * time.Second

// slow are the types whose operations are what a release waits for; they take that many times as long as others. The
// engine itself needs some 60 ms from one registration to the next where the state is written in between, and much more on
// a busy machine: parts that begin side by side overlap only if they outlast that.
var slow = map[string]float64{command: 20, image: 20, service: 20}

// paces make one of these resources slower than another for the whole of a schedule: what begins first is not always what
// ends first.
var paces = []float64{0.25, 1, 4}

// Delay is the latency of one operation on one resource, of that type.
func (p Plan) Delay(op, urn, typ string) time.Duration {
	milliseconds := p.shape().draw(p.random(op + " " + urn))
	if factor, known := slow[typ]; known {
		milliseconds *= factor * paces[p.random("pace of "+urn).IntN(len(paces))]
	}
	return min(time.Duration(milliseconds*float64(time.Millisecond)), longest)
}

// random is a source of its own for each topic, so that what is drawn for one operation does not depend on which came
// before it.
func (p Plan) random(topic string) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(topic)) // a hash takes everything
	return rand.New(rand.NewPCG(p.Seed, sum.Sum64()))
}
