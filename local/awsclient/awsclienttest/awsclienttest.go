// Package awsclienttest starts an emulated AWS for a test.
package awsclienttest

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

var ready = regexp.MustCompile(`ready at (\S+) `)

// Start runs the emulator, in which no task runs, until the test ends. Its journal is the second result.
func Start(t *testing.T) (c awsclient.Client, journal func() string) {
	t.Helper()
	root := checkout(t)
	python, err := toolchain.Open(root).FindPython(t.Context())
	require.NoError(t, err)
	data := t.TempDir()
	cmd := exec.Command(python, "-m", "awslocal", "--port", "0", "--data", data)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "local", "emulator"), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the emulator ended")
	found := ready.FindStringSubmatch(lines.Text())
	require.NotNil(t, found, lines.Text())
	return awsclient.New(found[1], "ap-southeast-2"), func() string {
		text, err := os.ReadFile(filepath.Join(data, "calls.jsonl"))
		require.NoError(t, err)
		return string(text)
	}
}

// Anybody is a configuration for calls that count as somebody's, unlike AWS's own. Like anybody's it asks again where a
// connection ends in the middle of an answer.
func Anybody(c awsclient.Client) aws.Config {
	cfg := c.Config()
	cfg.HTTPClient, cfg.RetryMaxAttempts = nil, retry.DefaultMaxAttempts
	return cfg
}

// subnetID is a subnet's in an answer of EC2's.
var subnetID = regexp.MustCompile(`<subnetId>([^<]+)`)

// Subnets are those of the account's default VPC, each in a zone of its own, asked for by hand, as nothing else here needs EC2's client.
func Subnets(t *testing.T, cfg aws.Config) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *cfg.BaseEndpoint, strings.NewReader("Action=DescribeSubnets&Version=2016-11-15"))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=emulated/20250101/"+cfg.Region+"/ec2/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var found []string
	for _, one := range subnetID.FindAllSubmatch(text, -1) {
		found = append(found, string(one[1]))
	}
	require.NotEmpty(t, found, string(text))
	return found
}

func checkout(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	at := strings.LastIndex(folder, string(filepath.Separator)+"local"+string(filepath.Separator))
	require.GreaterOrEqual(t, at, 0, folder)
	return folder[:at]
}
