package harness

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
)

// Call is one that the emulated AWS has answered.
type Call struct {
	Call   string // service:Action, such as ecs:RunTask
	Status int    // of HTTP
}

// Journal is what the emulated AWS of a run folder was asked for so far, oldest first.
func Journal(run string) ([]Call, error) {
	text, err := os.ReadFile(filepath.Join(run, "moto", "calls.jsonl"))
	if err != nil {
		return nil, err
	}
	var calls []Call
	for line := range bytes.Lines(text) {
		var one Call
		if json.Unmarshal(line, &one) == nil { // the last line may be half written
			calls = append(calls, one)
		}
	}
	return calls, nil
}

// Count is how often each call was carried out.
func Count(calls []Call) map[string]int {
	count := map[string]int{}
	for _, one := range calls {
		if one.Status/100 == 2 {
			count[one.Call]++
		}
	}
	return count
}
