// These tests compile and run small programs without dependencies, under an engine that only takes log lines. They do
// not prove that a program that declares resources works: that takes the real engine.
package language

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

type engine struct {
	pulumirpc.UnimplementedEngineServer
	mu   sync.Mutex
	seen []string
}

func (e *engine) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, req.GetMessage())
	return &emptypb.Empty{}, nil
}

func startEngine(t *testing.T) (*engine, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, e := grpc.NewServer(), &engine{}
	pulumirpc.RegisterEngineServer(server, e)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return e, listener.Addr().String()
}

func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

func program(t *testing.T, body string) string {
	t.Helper()
	return files(t, map[string]string{
		"go.mod":        "module program\n\ngo 1.26\n",
		"infra/main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfmt.Fprintln(os.Stderr, \"own words\")\n" + body + "\n}\n",
	})
}

func request(root string) *pulumirpc.RunRequest {
	dir := filepath.Join(root, "infra")
	return &pulumirpc.RunRequest{
		Project: "p", Stack: "s", Organization: "o", Pwd: dir, Parallel: 8, MonitorAddress: "127.0.0.1:1", DryRun: true,
		Config: map[string]string{"p:key": "value"}, ConfigSecretKeys: []string{"p:key"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: root, ProgramDirectory: dir, EntryPoint: "."},
	}
}

func TestRun_TellsTheProgramWhatItRunsFor(t *testing.T) {
	e, address := startEngine(t)
	root := program(t, `wd, _ := os.Getwd()
	for _, name := range []string{"ORGANIZATION", "PROJECT", "ROOT_DIRECTORY", "STACK", "CONFIG", "CONFIG_SECRET_KEYS", "DRY_RUN", "PARALLEL", "MONITOR", "ENGINE"} {
		fmt.Println(os.Getenv("PULUMI_" + name))
	}
	fmt.Println(wd)`)
	var stdout, stderr bytes.Buffer
	answer, err := New(address, &stdout, &stderr).Run(t.Context(), request(root))
	require.NoError(t, err)
	assert.Empty(t, answer.GetError())
	assert.False(t, answer.GetBail())
	assert.Equal(t, strings.Join([]string{"o", "p", root, "s", `{"p:key":"value"}`, `["p:key"]`, "true", "8", "127.0.0.1:1",
		address, filepath.Join(root, "infra"), ""}, "\n"), stdout.String())
	assert.Equal(t, "own words\n", stderr.String())
	assert.Equal(t, []string{"Compiling the program ...", "Finished compiling"}, e.seen)
}

func TestRun_SaysHowTheProgramEnded(t *testing.T) {
	_, address := startEngine(t)
	for name, test := range map[string]struct {
		body, want string
		bail       bool
	}{
		"has told the engine": {body: "os.Exit(32)", bail: true},
		"any other code":      {body: "os.Exit(3)", want: "program: run: exit status 3; its own output is above"},
		"panic":               {body: `panic("x")`, want: "program: run: exit status 2; its own output is above"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			answer, err := New(address, &stdout, &stderr).Run(t.Context(), request(program(t, test.body)))
			require.NoError(t, err)
			assert.Equal(t, test.bail, answer.GetBail())
			assert.Equal(t, test.want, answer.GetError())
			assert.Contains(t, stderr.String(), "own words")
		})
	}
}

func TestRun_RefusesWhatItCannotRun(t *testing.T) {
	_, address := startEngine(t)
	options := func(values map[string]any) func(*pulumirpc.RunRequest) {
		return func(req *pulumirpc.RunRequest) {
			fields, err := structpb.NewStruct(values)
			require.NoError(t, err)
			req.Info.Options = fields
		}
	}
	for name, test := range map[string]struct {
		body   string
		change func(*pulumirpc.RunRequest)
		want   string
	}{
		"does not compile": {body: "undefined()", want: "main.go:10:1: undefined: undefined"},
		"no such folder":   {change: func(r *pulumirpc.RunRequest) { r.Info.ProgramDirectory += "/none" }, want: "go build"},
		"debugger":         {change: func(r *pulumirpc.RunRequest) { r.AttachDebugger = true }, want: "--attach-debugger: not offered"},
		"no such binary":   {change: options(map[string]any{"binary": "no-such"}), want: `runtime.options.binary "no-such"`},
		"two options": {change: options(map[string]any{"binary": "a", "buildTarget": "b"}),
			want: "one excludes the other"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(program(t, test.body))
			if test.change != nil {
				test.change(req)
			}
			_, err := New(address, &bytes.Buffer{}, &bytes.Buffer{}).Run(t.Context(), req)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestRun_NeedsAnEngine(t *testing.T) {
	_, address := startEngine(t)
	host := New("", &bytes.Buffer{}, &bytes.Buffer{})
	_, err := host.Run(t.Context(), request(program(t, "")))
	require.ErrorContains(t, err, "call Handshake first")
	_, err = host.Handshake(t.Context(), &pulumirpc.LanguageHandshakeRequest{EngineAddress: address})
	require.NoError(t, err)
	_, err = host.Run(t.Context(), request(program(t, "")))
	assert.NoError(t, err)
}

func TestRun_HonoursTheOptionsOfTheOfficialHost(t *testing.T) {
	_, address := startEngine(t)
	root := program(t, `fmt.Println("compiled")`)
	elsewhere, beside := filepath.Join(t.TempDir(), "kept"), filepath.Join(root, ".local", "kept")
	for _, test := range []struct {
		option map[string]any
		kept   string
	}{
		{map[string]any{"buildTarget": elsewhere}, elsewhere},
		{map[string]any{"binary": elsewhere}, elsewhere},
		{map[string]any{"buildTarget": "../.local/kept"}, beside}, // seen from the program's folder
	} {
		req := request(root)
		fields, err := structpb.NewStruct(test.option)
		require.NoError(t, err)
		req.Info.Options = fields
		var stdout bytes.Buffer
		answer, err := New(address, &stdout, &bytes.Buffer{}).Run(t.Context(), req)
		require.NoError(t, err)
		assert.Empty(t, answer.GetError())
		assert.Equal(t, "compiled\n", stdout.String())
		assert.FileExists(t, test.kept)
	}
}

// Two stacks of one checkout may be previewed at the same time.
func TestRun_CompilesAloneToAKeptTarget(t *testing.T) {
	_, address := startEngine(t)
	root := program(t, `fmt.Println("compiled")`)
	fields, err := structpb.NewStruct(map[string]any{"buildTarget": "../.local/kept"})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			req := request(root)
			req.Info.Options = fields
			var stdout bytes.Buffer
			answer, err := New(address, &stdout, &bytes.Buffer{}).Run(t.Context(), req)
			assert.NoError(t, err) //nolint:testifylint // require may not end the test from here
			assert.Empty(t, answer.GetError())
			assert.Equal(t, "compiled\n", stdout.String())
		})
	}
	all.Wait()
}

type onWrite func()

func (f onWrite) Write(p []byte) (int, error) { f(); return len(p), nil }

// The program's child holds the output open: were it left running, Run would not return.
func TestCancel_EndsTheProgramAndItsChildren(t *testing.T) {
	_, address := startEngine(t)
	root := program(t, `	child, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "echo started; exec sleep 3600"},
		&os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		panic(err)
	}
	_, _ = child.Wait()
	select {}`)
	for name, end := range map[string]func(*Host, context.CancelFunc){
		"by the engine":  func(h *Host, _ context.CancelFunc) { _, _ = h.Cancel(context.Background(), &emptypb.Empty{}) },
		"by the request": func(_ *Host, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var host *Host
			host = New(address, onWrite(func() { end(host, cancel) }), &bytes.Buffer{})
			result := make(chan *pulumirpc.RunResponse, 1)
			go func() {
				answer, err := host.Run(ctx, request(root))
				assert.NoError(t, err)
				result <- answer
			}()
			select {
			case answer := <-result:
				assert.Contains(t, answer.GetError(), "cancel")
			case <-time.After(time.Minute):
				t.Fatal("the program outlives its cancellation")
			}
		})
	}
}

func TestAbout_NamesTheToolchain(t *testing.T) {
	host := New("", &bytes.Buffer{}, &bytes.Buffer{})
	about, err := host.About(t.Context(), &pulumirpc.AboutRequest{})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(about.GetVersion(), "go version go"))
	assert.True(t, filepath.IsAbs(about.GetExecutable()))
	plugin, err := host.GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "3.259.0", plugin.GetVersion())
	prompts, err := host.RuntimeOptionsPrompts(t.Context(), &pulumirpc.RuntimeOptionsRequest{})
	require.NoError(t, err)
	assert.Empty(t, prompts.GetPrompts())
}
