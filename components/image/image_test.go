package image_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove which build is asked for and what becomes of the digest that comes back. They build nothing:
// that a Dockerfile builds, that a second build is skipped and that the registry answers is for the running stack.

const (
	imageType  = "docker:index/image:Image"
	repository = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-web"
)

var spec = image.Spec{Context: "frontend", Args: map[string]string{"NEXT_PUBLIC_APP_NAME": "FlowComply"}, Target: "runtime"}

func wiring() image.Args {
	return image.Args{
		RepositoryURL: pulumi.String(repository), Version: "v1.2.3", Source: "../app", Platform: "linux/amd64", AccountID: "123456789012",
		BuildArgs: map[string]string{"NEXT_PUBLIC_API_URL": "https://api.flowcomply.com"},
		Registry: image.Registry{
			Server: pulumi.String("https://registry"), Username: pulumi.String("AWS"), Password: pulumi.String("canary"),
		},
	}
}

func program(spec image.Spec, args image.Args, digest, ref *string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		built, err := image.New(ctx, "web-image", spec, args)
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
			"target": "runtime", "builderVersion": "BuilderBuildKit",
			"args": map[string]any{
				"RELEASE": "v1.2.3", "NEXT_PUBLIC_APP_NAME": "FlowComply", "NEXT_PUBLIC_API_URL": "https://api.flowcomply.com",
			},
		},
		"registry":       map[string]any{"server": "https://registry", "username": "AWS", "password": "canary"},
		"buildOnPreview": false, "skipPush": false,
	}, built.Plain())
}

// What the provider reports may be missing or another's. The registry's own answer counts, and where that is no digest the
// update stops before a task definition is made of it.
func TestImage_ReadsTheDigestBackFromTheRegistry(t *testing.T) {
	for name, reported := range map[string]any{
		"nothing": nil, "empty": "", "none": "<none>@<none>", "a tag": repository + ":v1.2.3",
		"another repository": "docker.io/library/api@sha256:" + strings.Repeat("e", 64), "an earlier build": repository + "@sha256:" + strings.Repeat("e", 64),
	} {
		t.Run(name, func(t *testing.T) {
			var digest, ref string
			g := record.Run(t, program(spec, wiring(), &digest, &ref), record.Answer(imageType, "web-image", map[string]any{"repoDigest": reported}))
			assert.Equal(t, repository+"@"+record.Digest, ref)
			require.Len(t, g.Calls(), 1)
			assert.Equal(t, map[string]any{"repositoryName": "flowcomply-web", "imageTag": "v1.2.3", "registryId": "123456789012"}, g.Calls()[0].Args.Mappable())
		})
	}
}

func TestImage_StopsWhereTheRegistryHasNoDigest(t *testing.T) {
	const pushed = `image "web-image": digest: `
	answer := func(digest string) record.Option {
		return record.AnswerCall(getImage, map[string]any{"imageDigest": digest})
	}
	for name, row := range map[string]struct {
		option record.Option
		want   string
	}{
		"none":        {record.FailCall(getImage, errors.New("ImageNotFoundException")), "the registry holds no " + repository + ":v1.2.3, although it was pushed"},
		"no answer":   {record.FailCall(getImage, errors.New("AccessDeniedException")), "ask ECR whether it is there: "},
		"empty":       {answer(""), `digest is "" instead of sha256:<64 hex digits>`},
		"short":       {answer("sha256:abc"), `digest is "sha256:abc" instead`},
		"upper case":  {answer(strings.ToUpper(record.Digest)), "instead of sha256:<64 hex digits>"},
		"trailing":    {answer(record.Digest + "\n"), "instead of sha256:<64 hex digits>"},
		"other hash":  {answer("sha512:" + strings.Repeat("a", 128)), "instead of sha256:<64 hex digits>"},
		"an image id": {answer(record.Digest[len("sha256:"):]), "instead of sha256:<64 hex digits>"},
		"left behind": {record.Answer(imageType, "web-image", map[string]any{"imageName": "elsewhere.test/web:v1.2.3"}), "is of another repository than " + repository},
	} {
		t.Run(name, func(t *testing.T) {
			var digest, ref string
			_, err := record.Try(program(spec, wiring(), &digest, &ref), row.option)
			require.ErrorContains(t, err, pushed)
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

func TestImage_RefusesBadArgs(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*image.Args)
		want   string
	}{
		"latest":           {func(w *image.Args) { w.Version = "latest" }, `version: "latest" is malformed`},
		"no v":             {func(w *image.Args) { w.Version = "1.2.3" }, `version: "1.2.3" is malformed`},
		"build metadata":   {func(w *image.Args) { w.Version = "v1.2.3+7" }, `version: "v1.2.3+7" is malformed`},
		"absolute source":  {func(w *image.Args) { w.Source = "/app" }, `source: "/app" is not a relative path`},
		"no source":        {func(w *image.Args) { w.Source = "" }, `source: "" is not a relative path`},
		"machine platform": {func(w *image.Args) { w.Platform = "" }, `platform: "" is not known`},
		"argument twice":   {func(w *image.Args) { w.BuildArgs["NEXT_PUBLIC_APP_NAME"] = "x" }, "args.NEXT_PUBLIC_APP_NAME: is set by the program"},
		"release argument": {func(w *image.Args) { w.BuildArgs["RELEASE"] = "x" }, "args.RELEASE: is set by the program"},
		"no repository":    {func(w *image.Args) { w.RepositoryURL = nil }, "repository or registry is missing"},
		"no account":       {func(w *image.Args) { w.AccountID = "" }, "the registry's account is missing"},
		"no password":      {func(w *image.Args) { w.Registry.Password = nil }, "repository or registry is missing"},
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
