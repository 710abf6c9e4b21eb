package simulated

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Phase is which end of an operation an event is.
type Phase string

// The two ends of an operation.
const (
	Begin Phase = "begin"
	End   Phase = "end"
)

// Op is what a provider was asked to do.
type Op string

// The operations that are written down: those that change something, and calls of functions.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
	Invoke Op = "invoke"
)

// Event is one line of a journal. Its place in the journal is its time: an operation's begin is written before anything
// of it is done, and its end before the engine is told, so that of two lines the first happened first.
type Event struct {
	Microsecond int64  `json:"us"` // since 1970; for people
	Phase       Phase  `json:"phase"`
	Op          Op     `json:"op"`
	URN         string `json:"urn"`             // of the resource; of a function its token
	Error       string `json:"error,omitempty"` // why it failed; at its end only
}

// String is the event's line in the journal.
func (e Event) String() string {
	line, err := json.Marshal(e)
	if err != nil {
		return err.Error() // unreachable: numbers and text are always JSON
	}
	return string(line)
}

// journal is a file that several plugins of one update write to.
type journal struct{ file *os.File }

func openJournal(name string) (*journal, error) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("simulated provider: journal: %w", err)
	}
	return &journal{file}, nil
}

// write appends the event in one call, which the kernel never mixes with another's.
func (j *journal) write(phase Phase, op Op, urn string, failure error) error {
	event := Event{Microsecond: time.Now().UnixMicro(), Phase: phase, Op: op, URN: urn}
	if failure != nil {
		event.Error = failure.Error()
	}
	_, err := j.file.WriteString(event.String() + "\n")
	return err
}

// ReadJournal reads what the providers of an update wrote.
func ReadJournal(name string) ([]Event, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("journal: %w; no provider was asked anything", err)
	}
	var events []Event
	for i, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var event Event
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("journal %s: line %d: %w", name, i+1, err)
		}
		events = append(events, event)
	}
	return events, nil
}
