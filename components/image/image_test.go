package image_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/internal/record"
)

// These tests prove which build is asked for and what becomes of the digest that comes back. They build nothing:
// that a Dockerfile builds, that a second build is skipped and that the registry answers is for the running stack.

const (
	imageType  = "docker:index/image:Image"
	repository = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-web"
)

var spec = image.Spec{Context: "frontend", Args: map[string]string{"NEXT_PUBLIC_APP_NAME": "FlowComply"}, Target: "runtime"}

func wiring() image.Wiring {
	return image.Wiring{
		RepositoryURL: pulumi.String(repository), Version: "v1.2.3", Source: "../app", Platform: "linux/amd64",
		Args: map[string]string{"NEXT_PUBLIC_API_URL": "https://api.flowcomply.com"},
		Registry: image.Registry{
			Server: pulumi.String("https://registry"), Username: pulumi.String("AWS"), Password: pulumi.String("canary"),
		},
	}
}

func program(spec image.Spec, in image.Wiring, digest, ref *string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		built, err := image.New(ctx, "web-image", spec, in)
		if err != nil {
			return err
		}
		ctx.Export("digest", pulumi.All(built.Digest, built.Ref).ApplyT(func(all []any) string {
			*digest, *ref = all[0].(string), all[1].(string)
			return *digest
		})) // what is exported is waited for
		return nil
	}
}

func TestImage_Graph(t *testing.T) {
	var digest, ref string
	g := record.Run(t, program(spec, wiring(), &digest, &ref))
	g.Golden(t, "web")
	assert.Equal(t, 2, g.Registrations)
	assert.Equal(t, record.Digest, digest)
	assert.Equal(t, repository+"@"+record.Digest, ref)
}

func TestImage_Inputs(t *testing.T) {
	var digest, ref string
	g := record.Run(t, program(spec, wiring(), &digest, &ref))
	built := g.One(t, imageType, "web-image")
	assert.True(t, built.RetainOnDelete, "a rollback runs it")
	assert.True(t, built.IsSecret("registry.password"))
	assert.Equal(t, map[string]any{
		"imageName": repository + ":v1.2.3",
		"build": map[string]any{
			"context": "../app/frontend", "dockerfile": "../app/frontend/Dockerfile", "platform": "linux/amd64",
			"target": "runtime", "builderVersion": "BuilderV1",
			"args": map[string]any{
				"RELEASE": "v1.2.3", "NEXT_PUBLIC_APP_NAME": "FlowComply", "NEXT_PUBLIC_API_URL": "https://api.flowcomply.com",
			},
		},
		"registry":       map[string]any{"server": "https://registry", "username": "AWS", "password": "canary"},
		"buildOnPreview": false, "skipPush": false,
	}, built.Plain())
}

// An image that exists but was not pushed properly must stop the update, not become a task definition.
func TestImage_RefusesBadDigests(t *testing.T) {
	other := strings.Replace(repository, "web", "api", 1)
	for name, row := range map[string]struct{ reported, want string }{
		"empty":            {"", "instead of <repository>@sha256"},
		"none":             {"<none>@<none>", `image "web-image": digest: the registry reported "<none>@<none>"`},
		"a tag":            {repository + ":v1.2.3", "instead of <repository>@sha256"},
		"an image id":      {record.Digest, "instead of <repository>@sha256"},
		"short":            {repository + "@sha256:abc", "instead of <repository>@sha256"},
		"upper case":       {repository + "@" + strings.ToUpper(record.Digest), "instead of <repository>@sha256"},
		"trailing":         {repository + "@" + record.Digest + "\n", "instead of <repository>@sha256"},
		"another registry": {other + "@" + record.Digest, "is of another repository than"},
	} {
		t.Run(name, func(t *testing.T) {
			var digest, ref string
			_, err := record.Try(program(spec, wiring(), &digest, &ref),
				record.Answer(imageType, "web-image", map[string]any{"repoDigest": row.reported}))
			require.ErrorContains(t, err, row.want)
			assert.Empty(t, digest)
		})
	}
}

func TestImage_PreviewKnowsNoDigest(t *testing.T) {
	var digest, ref string
	g := record.Run(t, program(spec, wiring(), &digest, &ref), record.Preview())
	assert.Empty(t, digest+ref, "nothing downstream may be decided on a digest that is not there")
	assert.Equal(t, false, g.One(t, imageType, "web-image").Get("buildOnPreview"))
}

func TestImage_RefusesBadWiring(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*image.Wiring)
		want   string
	}{
		"latest":           {func(w *image.Wiring) { w.Version = "latest" }, `version: "latest" is malformed`},
		"no v":             {func(w *image.Wiring) { w.Version = "1.2.3" }, `version: "1.2.3" is malformed`},
		"build metadata":   {func(w *image.Wiring) { w.Version = "v1.2.3+7" }, `version: "v1.2.3+7" is malformed`},
		"absolute source":  {func(w *image.Wiring) { w.Source = "/app" }, `source: "/app" is not a relative path`},
		"no source":        {func(w *image.Wiring) { w.Source = "" }, `source: "" is not a relative path`},
		"machine platform": {func(w *image.Wiring) { w.Platform = "" }, `platform: "" is not known`},
		"argument twice":   {func(w *image.Wiring) { w.Args["NEXT_PUBLIC_APP_NAME"] = "x" }, "args.NEXT_PUBLIC_APP_NAME: is set by the program"},
		"release argument": {func(w *image.Wiring) { w.Args["RELEASE"] = "x" }, "args.RELEASE: is set by the program"},
		"no repository":    {func(w *image.Wiring) { w.RepositoryURL = nil }, "repository or registry is missing"},
		"no password":      {func(w *image.Wiring) { w.Registry.Password = nil }, "repository or registry is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			in := wiring()
			row.change(&in)
			var digest, ref string
			g, err := record.Try(program(spec, in, &digest, &ref))
			require.ErrorContains(t, err, `image "web-image": `)
			require.ErrorContains(t, err, row.want)
			assert.Empty(t, g.All(), "bad input declares nothing")
		})
	}
}

func TestCheckVersion(t *testing.T) {
	for _, good := range []string{"v1.0.0", "v0.0.1", "v10.20.30", "v1.2.3-rc.1", "v1.2.3-hotfix-2"} {
		require.NoError(t, image.CheckVersion(good), good)
	}
	for _, bad := range []string{"", "v1", "v1.2", "v01.2.3", "v1.2.3-", "v1.2.3 ", "v1.2.3\n", "V1.2.3", "v1.2.3_a", "xv1.2.3", "v1.2.3-" + strings.Repeat("a", 64)} {
		require.Error(t, image.CheckVersion(bad), bad)
	}
}

func TestSpec_Validate(t *testing.T) {
	require.NoError(t, spec.Validate())
	require.NoError(t, image.Spec{Context: ".", Dockerfile: "build/Dockerfile.api", Args: map[string]string{"NEXT_PUBLIC_MAP_TOKEN": "pk"}}.Validate())
	for name, row := range map[string]struct {
		spec image.Spec
		want string
	}{
		"no context":          {image.Spec{}, "context: is empty"},
		"absolute context":    {image.Spec{Context: "/srv"}, `context: "/srv" is not a relative path`},
		"windows context":     {image.Spec{Context: `a\b`}, "is not a relative path"},
		"drive context":       {image.Spec{Context: "C:b"}, "is not a relative path"},
		"parent":              {image.Spec{Context: "../app"}, `context: "../app" leaves the folder`},
		"hidden parent":       {image.Spec{Context: "a/../../b"}, `can be written as "../b"`},
		"second spelling":     {image.Spec{Context: "./a"}, `context: "./a" can be written as "a"`},
		"trailing slash":      {image.Spec{Context: "a/"}, `can be written as "a"`},
		"dockerfile outside":  {image.Spec{Context: "a", Dockerfile: "../Dockerfile"}, `dockerfile: "../Dockerfile" leaves the folder`},
		"dockerfile a folder": {image.Spec{Context: "a", Dockerfile: "."}, "dockerfile: is a folder"},
		"target":              {image.Spec{Context: "a", Target: "two words"}, `target: "two words" is malformed`},
		"argument name":       {image.Spec{Context: "a", Args: map[string]string{"A-B": ""}}, `args.A-B: "A-B" is malformed`},
		"release":             {image.Spec{Context: "a", Args: map[string]string{"RELEASE": "v1"}}, "args.RELEASE: is set by the program"},
		"content":             {image.Spec{Context: "a", Args: map[string]string{"CONTENT": "x"}}, "args.CONTENT: is set by the program"},
		"a secret":            {image.Spec{Context: "a", Args: map[string]string{"JWT_SECRET": "x"}}, "args.JWT_SECRET: looks like a secret"},
		"a connection":        {image.Spec{Context: "a", Args: map[string]string{"DATABASE_URL": "x"}}, "args.DATABASE_URL: looks like a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, row.spec.Validate(), row.want)
		})
	}
	all := image.Spec{Context: "/", Target: " ", Dockerfile: "/"}.Validate()
	for _, field := range []string{"context: ", "target: ", "dockerfile: "} {
		assert.ErrorContains(t, all, field, "every problem at once")
	}
}
