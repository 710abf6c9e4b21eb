//go:build e2e

package e2e

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// TestEmulatedAWS_WithEitherMoto makes a virtual environment with moto from PyPI, lets that same Python be the machine's
// own afterwards, and runs the emulated AWS with each, from its start to its end. That everything a stack needs works
// on it, the other end-to-end test proves.
func TestEmulatedAWS_WithEitherMoto(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	tools := toolchain.Tools{Root: root, Dir: t.TempDir()}
	self := filepath.Join(t.TempDir(), "local")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", self, "../../cmd/local").CombinedOutput()
	require.NoError(t, err, string(out))

	t.Setenv("FLOWCOMPLY_MOTO", "venv")
	tools.Python, err = tools.FindPython(context.Background())
	require.NoError(t, err)
	require.Equal(t, filepath.Join(tools.Dir, "python", "bin", "python3"), tools.Python)
	t.Run("from PyPI in a virtual environment", func(t *testing.T) { livesAndEnds(t, tools, self) })

	t.Setenv("FLOWCOMPLY_MOTO", "")
	t.Setenv("PATH", filepath.Dir(tools.Python)+string(os.PathListSeparator)+os.Getenv("PATH"))
	tools.Dir = t.TempDir()
	tools.Python, err = tools.FindPython(context.Background())
	require.NoError(t, err)
	require.Equal(t, "python3", tools.Python)
	assert.NoDirExists(t, filepath.Join(tools.Dir, "python"), "no environment is made where the machine has that moto")
	t.Run("installed", func(t *testing.T) { livesAndEnds(t, tools, self) })
}

// livesAndEnds starts an emulated AWS, pushes an image to its ECR, and sees that nothing is left at its end.
func livesAndEnds(t *testing.T, tools toolchain.Tools, self string) {
	t.Helper()
	ctx, run := context.Background(), filepath.Join(t.TempDir(), "run")
	t.Cleanup(func() { emulator.Stop(run) })
	running, err := emulator.Start(ctx, tools, self, run, emulator.Settings{Account: "123456789012", Region: "ap-southeast-2"})
	require.NoError(t, err)
	_, err = emulator.Start(ctx, tools, self, t.TempDir(), emulator.Settings{AWSPort: running.AWSPort})
	require.ErrorContains(t, err, "is taken by another program")

	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(running.Region), config.WithBaseEndpoint(running.Endpoint()),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("emulated", "emulated", "")))
	require.NoError(t, err)
	api := ecr.NewFromConfig(cfg)
	made, err := api.CreateRepository(ctx, &ecr.CreateRepositoryInput{
		RepositoryName: aws.String("flowcomply-backend"), ImageTagMutability: types.ImageTagMutabilityImmutable,
	})
	require.NoError(t, err)
	url := aws.ToString(made.Repository.RepositoryUri)
	assert.Equal(t, "127.0.0.1:"+strconv.Itoa(running.RegistryPort)+"/flowcomply-backend", url)
	assert.Equal(t, "123456789012", aws.ToString(made.Repository.RegistryId))

	image, err := random.Image(64, 1)
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	require.NoError(t, crane.Push(image, url+":v1.0.0"))
	seen, err := api.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("flowcomply-backend")})
	require.NoError(t, err)
	require.Len(t, seen.ImageDetails, 1)
	assert.Equal(t, digest.String(), aws.ToString(seen.ImageDetails[0].ImageDigest))
	assert.Equal(t, []string{"v1.0.0"}, seen.ImageDetails[0].ImageTags)
	other, err := random.Image(64, 1)
	require.NoError(t, err)
	require.ErrorContains(t, crane.Push(other, url+":v1.0.0"), "TAG_INVALID")
	require.ErrorContains(t, crane.Push(other, strings.Replace(url, "backend", "nobody", 1)+":v1.0.0"), "NAME_UNKNOWN")

	emulator.Stop(run)
	assert.False(t, running.Process.Alive())
	assert.Empty(t, emulator.Orphans(run))
	_, err = emulator.Find(run)
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, port := range []int{running.AWSPort, running.RegistryPort} {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		require.NoError(t, err, "the port is free again")
		require.NoError(t, listener.Close())
	}
	log, err := os.ReadFile(emulator.LogFile(run))
	require.NoError(t, err)
	assert.NotContains(t, string(log), "error:", "an end that was asked for is no failure")
}
