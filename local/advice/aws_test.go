package advice

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"os/exec"

	"github.com/stretchr/testify/require"
)

//go:embed aws.py
var models string

// byModel judges a call of the AWS CLI by the models that the CLI is made of.
func (j *judge) byModel(args []string, partly bool) error {
	asked, err := json.Marshal(map[string]any{"words": args, "partly": partly})
	require.NoError(j, err)
	python := exec.CommandContext(j.Context(), j.python, "-c", models)
	python.Stdin = bytes.NewReader(append(asked, '\n'))
	var complaint bytes.Buffer
	python.Stderr = &complaint
	out, err := python.Output()
	require.NoError(j, err, complaint.String())
	var wrong string
	require.NoError(j, json.Unmarshal(out, &wrong))
	if wrong != "" {
		return errors.New(wrong)
	}
	return nil
}
