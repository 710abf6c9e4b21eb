package aws

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Names of the programs behind the proxy, all in the folder of the proxy itself. The bridge takes a path for a
// Terraform provider only when it ends in exactly TerraformName; the program of that name (cmd/terraform-provider-aws) makes
// the provider itself, ProviderName, end with the bridge.
const (
	BridgeName    = "pulumi-resource-terraform-provider"
	TerraformName = "terraform-provider-aws"
	ProviderName  = TerraformName + ".real"
)

// maxMessage is the engine's own limit for one gRPC message; the default of 4 MiB is less than the schema.
const maxMessage = 400 << 20

// Bridge is the bridge's process and its connection.
type Bridge struct {
	pulumirpc.ResourceProviderClient
	process *exec.Cmd
	conn    *grpc.ClientConn
	engine  func() error // ends what the bridge has for an engine
}

// Start runs the bridge in the given folder's programs, connected to the engine at the address, and loads the
// Terraform provider into it.
func Start(ctx context.Context, folder, engine string) (*Bridge, error) {
	for _, name := range []string{BridgeName, TerraformName, ProviderName} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return nil, fmt.Errorf("aws stand-in: %w; run `make toolchain` to put it there", err)
		}
	}
	port, closed, err := quiet(engine)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(folder, BridgeName), fmt.Sprintf("127.0.0.1:%d", port))
	cmd.Stderr = os.Stderr
	// Both read the provider's whole schema when they start, and end within minutes: collecting garbage is two fifths of it.
	cmd.Env = append(os.Environ(), "GOGC=400")
	// The bridge and the Terraform provider end with this process, however it ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("aws stand-in: %w", errors.Join(err, closed()))
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("aws stand-in: start the bridge: %w", errors.Join(err, closed()))
	}
	b := &Bridge{process: cmd, engine: closed}
	if err := b.connect(ctx, bufio.NewReader(out), filepath.Join(folder, TerraformName)); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bridge) connect(ctx context.Context, out *bufio.Reader, provider string) error {
	line, err := out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("aws stand-in: the bridge ended before it named its port: %w", err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("aws stand-in: the bridge named no port but %q", line)
	}
	go func() { _, _ = io.Copy(os.Stderr, out) }()
	b.conn, err = grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return fmt.Errorf("aws stand-in: connect to the bridge: %w", err)
	}
	b.ResourceProviderClient = pulumirpc.NewResourceProviderClient(b.conn)
	_, err = b.Parameterize(ctx, &pulumirpc.ParameterizeRequest{Parameters: &pulumirpc.ParameterizeRequest_Args{
		Args: &pulumirpc.ParameterizeRequest_ParametersArgs{Args: []string{provider}},
	}})
	if err != nil {
		return fmt.Errorf("aws stand-in: load the Terraform provider: %w", err)
	}
	return nil
}

// Close ends the bridge, and with it the Terraform provider.
func (b *Bridge) Close() error {
	if b.conn != nil {
		_ = b.conn.Close()
	}
	_ = b.process.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	err := b.process.Wait()
	if errors.As(err, &exit) {
		err = nil // it was told to
	}
	if err := errors.Join(err, b.engine()); err != nil {
		return fmt.Errorf("aws stand-in: end the bridge: %w", err)
	}
	return nil
}
