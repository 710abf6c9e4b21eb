package pulumi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release"
)

// record collects events with the time at which each came. The SDK closes the channel only if the engine connected to it. So
// the caller ends the record after the operation, when all events have arrived.
func record() (channel chan events.EngineEvent, end func() []release.Event) {
	channel = make(chan events.EngineEvent)
	over, ended := make(chan struct{}), make(chan struct{})
	var kept []release.Event
	go func() {
		defer close(ended)
		for {
			select {
			case event, open := <-channel:
				if !open {
					return
				}
				if event.Error == nil { // an event that could not be read is of a newer engine, and not missed
					kept = append(kept, release.Event{EngineEvent: event.EngineEvent, At: time.Now()})
				}
			case <-over:
				return
			}
		}
	}()
	return channel, func() []release.Event {
		close(over)
		<-ended
		return kept
	}
}

// ReadEvents reads what --event-log has written; half a line at its end, as a killed CLI leaves one, is left out. With an
// error it returns the events before it.
func ReadEvents(file string) ([]apitype.EngineEvent, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	defer in.Close()
	var all []apitype.EngineEvent
	for decoder := json.NewDecoder(bufio.NewReader(in)); ; {
		var event apitype.EngineEvent
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("events: %w", err)
		}
		all = append(all, event)
	}
}
