package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/connhelper/commandconn"
	controlapi "github.com/moby/buildkit/api/services/control"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth"
	buildapi "github.com/moby/moby/api/types/build"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// buildWithKit builds with the BuildKit that is in the daemon, over the daemon's API as the official provider does: the
// docker command would want a plugin for it, buildx, which Debian's docker.io does not bring.
func (s spec) buildWithKit(ctx context.Context, cli *docker) error {
	api, err := cli.api()
	if err != nil {
		return err
	}
	defer func() { _ = api.Close() }() // what it was asked for is answered by then
	served, end, err := serve(ctx, api)
	if err != nil {
		return err
	}
	defer end()
	options, err := s.kitOptions(served)
	if err != nil {
		return err
	}
	if options.NetworkMode == "" {
		if options.NetworkMode, err = network(ctx, api); err != nil {
			return err
		}
	}
	packed, err := s.Build.archive()
	if err != nil {
		return err
	}
	options.Dockerfile = packed.dockerfile
	started, err := api.ImageBuild(ctx, packed.reader, options)
	if err == nil {
		err = errors.Join(cli.follow(started.Body), started.Body.Close())
	}
	if archiveErr := packed.close(); archiveErr != nil {
		return archiveErr // the builder only saw that its input ended too early
	}
	return err
}

func (s spec) kitOptions(session string) (client.ImageBuildOptions, error) {
	platform, err := platforms.Parse(s.Build.Platform)
	if err != nil {
		return client.ImageBuildOptions{}, fmt.Errorf("build.platform %q: %w", s.Build.Platform, err)
	}
	args := map[string]*string{}
	for name, value := range s.Build.Args {
		args[name] = &value
	}
	return client.ImageBuildOptions{
		Version: buildapi.BuilderBuildKit, SessionID: session, Tags: []string{s.ImageName}, BuildArgs: args,
		Target: s.Build.Target, NetworkMode: s.Build.Network, ExtraHosts: s.Build.AddHosts, CacheFrom: s.Build.CacheFrom.Images,
		Platforms: []ocispec.Platform{platform},
	}, nil
}

// network is what the commands of a build are connected to: Docker's own default, which is the network called bridge, or
// the machine's where the daemon was started without one, as those that `make` starts are. BuildKit would fail there.
func network(ctx context.Context, api *client.Client) (string, error) {
	_, err := api.NetworkInspect(ctx, "bridge", client.NetworkInspectOptions{})
	if cerrdefs.IsNotFound(err) {
		return "host", nil
	}
	return "", err
}

// api is the daemon's API. The docker command makes the connections, so that the daemon is the one that it means, by
// whatever it is reached: a context, a socket, SSH.
func (d *docker) api() (*client.Client, error) {
	args := []string{"system", "dial-stdio"}
	if d.host != "" {
		args = append([]string{"--host", d.host}, args...)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return commandconn.New(ctx, "docker", args...)
	}
	return client.New(client.WithHost("http://docker.invalid"), client.WithDialContext(dial))
}

// serve answers what a build asks of who wants it: the login to a registry that it pulls from.
func serve(ctx context.Context, api *client.Client) (id string, end func(), err error) {
	served, err := session.NewSession(ctx, "")
	if err != nil {
		return "", nil, err
	}
	served.Allow(logins{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = served.Run(ctx, func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return api.DialHijack(ctx, "/session", proto, meta)
		}) // a build whose session is lost fails and says so
	}()
	return served.ID(), func() { _ = served.Close(); <-ended }, nil
}

// logins are those of this machine's own docker login.
type logins struct{ auth.UnimplementedAuthServer }

func (l logins) Register(server *grpc.Server) { auth.RegisterAuthServer(server, l) }

func (logins) Credentials(_ context.Context, asked *auth.CredentialsRequest) (*auth.CredentialsResponse, error) {
	host := asked.Host
	if host == "registry-1.docker.io" {
		host = "https://index.docker.io/v1/" // the name Docker files its own registry's login under
	}
	file, err := config.Load(config.Dir())
	if err != nil {
		return nil, err
	}
	login, err := file.GetAuthConfig(host)
	if err != nil {
		return nil, err
	}
	if login.IdentityToken != "" {
		return &auth.CredentialsResponse{Secret: login.IdentityToken}, nil
	}
	return &auth.CredentialsResponse{Username: login.Username, Secret: login.Password}, nil
}

// follow shows a build's steps and what they write. On failure the end of that is part of the error, which by itself says
// no more of a command than its exit code.
func (d *docker) follow(progress io.Reader) error {
	var out strings.Builder
	lines := provider.NewLines(d.show)
	told := steps{to: io.MultiWriter(&out, lines), begun: map[string]bool{}}
	defer lines.Flush()
	for messages := json.NewDecoder(progress); ; {
		var message struct {
			ID    string          `json:"id"`
			Error string          `json:"error"`
			Aux   json.RawMessage `json:"aux"`
		}
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("docker's answer to the build: %w", err)
		case message.Error != "":
			return fmt.Errorf("docker build: %s\n%s", message.Error, lastLines(out.String()))
		case message.ID == "moby.buildkit.trace":
			if err := told.trace(message.Aux); err != nil {
				return fmt.Errorf("docker's answer to the build: %w", err)
			}
		}
	}
}

// steps writes what a build's messages tell. A step comes in several, and one that is quick, or that the builder's cache
// has, may come begun and completed in its first.
type steps struct {
	to    io.Writer
	begun map[string]bool // by digest
}

// trace writes what one message tells: a line for each step that has begun since, and the output of commands.
func (s steps) trace(aux json.RawMessage) error {
	var packed []byte
	if err := json.Unmarshal(aux, &packed); err != nil {
		return err
	}
	var status controlapi.StatusResponse
	if err := proto.Unmarshal(packed, &status); err != nil {
		return err
	}
	for _, step := range status.Vertexes {
		if step.Started != nil && !s.begun[step.Digest] {
			s.begun[step.Digest] = true
			fmt.Fprintln(s.to, step.Name)
		}
	}
	for _, log := range status.Logs {
		if _, err := s.to.Write(log.Msg); err != nil {
			return err
		}
	}
	return nil
}
