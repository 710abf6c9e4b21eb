package advice

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"

	"github.com/stretchr/testify/require"
)

//go:embed aws.py
var reader string

// models is a Python that has botocore's models loaded.
type models struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func (j *judge) open() *models {
	python := exec.Command(j.python, "-c", reader)
	python.Stderr = os.Stderr
	in, err := python.StdinPipe()
	require.NoError(j, err)
	out, err := python.StdoutPipe()
	require.NoError(j, err)
	require.NoError(j, python.Start())
	j.Cleanup(func() { _ = in.Close(); _ = python.Wait() })
	return &models{in, bufio.NewReader(out)}
}

// byModel judges a call of the AWS CLI by the models that the CLI is made of.
func (j *judge) byModel(args []string, partly bool) error {
	require.NoError(j, json.NewEncoder(j.models.in).Encode(map[string]any{"words": args, "partly": partly}))
	line, err := j.models.out.ReadBytes('\n')
	require.NoError(j, err)
	var wrong string
	require.NoError(j, json.Unmarshal(line, &wrong))
	if wrong != "" {
		return errors.New(wrong)
	}
	return nil
}
