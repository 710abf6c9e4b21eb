package engine

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"

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
