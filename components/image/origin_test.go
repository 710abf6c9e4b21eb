package image_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/internal/record"
)

// These tests prove what is declared for an image of each origin, and when its digest is known. They run no step: what
// the step does, package publish's own tests prove, and that a registry answers so, the running stack.

const (
	commandType = "command:local:Command"
	consumer    = "record:test:Consumer"
	heldDigest  = "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	ofContent   = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	elsewhere   = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-staging-web@" + heldDigest
)

type anything struct{ pulumi.CustomResourceState }

// released is a program with an image of that origin, after a preflight, and with a resource that runs it.
func released(origin image.Origin, change ...func(*image.Args)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var preflight, runs anything
		if err := ctx.RegisterResource("record:test:Preflight", "preflight", pulumi.Map{}, &preflight); err != nil {
			return err
		}
		in := wiring()
		in.Origin, in.Content, in.Region, in.After = origin, ofContent, "ap-southeast-2", []pulumi.Resource{&preflight}
		for _, f := range change {
			f(&in)
		}
		made, err := image.New(ctx, "web-image", spec, in)
		if err != nil {
			return err
		}
		ctx.Export("digest", made.Digest)
		ctx.Export("ref", made.Ref)
		ctx.Export("done", pulumi.Int(len(made.Done)))
		return ctx.RegisterResource(consumer, "consumer", pulumi.Map{"image": made.Ref}, &runs)
	}
}

// dependsOn are the names of what a resource waits for.
func dependsOn(r record.Resource) []string {
	names := []string{}
	for _, urn := range r.DependsOn {
		names = append(names, urn[strings.LastIndex(urn, "::")+2:])
	}
	return names
}

func TestNew_DeclaresWhatTheOriginNeeds(t *testing.T) {
	for name, row := range map[string]struct {
		origin image.Origin
		does   string // the type of resource that does it
		digest string
	}{
		"built":    {image.Built{}, imageType, record.Digest},
		"nothing":  {nil, imageType, record.Digest},
		"frozen":   {image.Frozen{Digest: heldDigest}, imageType, heldDigest},
		"existing": {image.Existing{Digest: heldDigest}, commandType, heldDigest},
		"promoted": {image.Promoted{From: elsewhere}, commandType, heldDigest},
		"pinned":   {image.Pinned{Digest: heldDigest}, "", heldDigest},
	} {
		t.Run(name, func(t *testing.T) {
			g := record.Run(t, released(row.origin))
			if row.origin != nil {
				g.Golden(t, name)
			}
			assert.Equal(t, row.digest, g.Exports["digest"].StringValue())
			assert.Equal(t, repository+"@"+row.digest, g.Exports["ref"].StringValue())
			if row.does == "" {
				assert.Zero(t, g.Exports["done"].NumberValue())
				assert.Empty(t, g.One(t, consumer, "consumer").DependsOn, "there is nothing to wait for")
				return
			}
			assert.Equal(t, 1.0, g.Exports["done"].NumberValue())
			assert.Contains(t, dependsOn(g.One(t, row.does, "web-image")), "preflight")
			assert.Contains(t, dependsOn(g.One(t, consumer, "consumer")), "web-image", "what runs the image waits for it")
		})
	}
}

// What exists is shown in a preview, so that a reviewer sees which tasks change; what is yet to be built cannot be.
func TestNew_PreviewKnowsTheDigestOfWhatExists(t *testing.T) {
	for _, origin := range []image.Origin{
		image.Existing{Digest: heldDigest}, image.Promoted{From: elsewhere}, image.Pinned{Digest: heldDigest}, image.Frozen{Digest: heldDigest},
	} {
		g := record.Run(t, released(origin), record.Preview())
		require.True(t, g.Exports.HasValue("digest"), origin)
		assert.Equal(t, heldDigest, g.Exports["digest"].StringValue(), origin)
		assert.Equal(t, repository+"@"+heldDigest, g.One(t, consumer, "consumer").Get("image"), origin)
	}
	assert.False(t, record.Run(t, released(image.Built{}), record.Preview()).Exports.HasValue("digest"))
}

// The digest is known, and yet nothing uses it before the check has succeeded.
func TestNew_NothingRunsWhatFailedItsCheck(t *testing.T) {
	for _, origin := range []image.Origin{image.Existing{Digest: heldDigest}, image.Promoted{From: elsewhere}} {
		g, err := record.Try(released(origin), record.Fail(commandType, "web-image", errors.New("exit status 1")))
		require.ErrorContains(t, err, "exit status 1", origin)
		assert.Empty(t, g.Of(consumer), origin)
	}
}

func TestExisting_AsksWhetherItIsThatDigestOfThatContent(t *testing.T) {
	step := record.Run(t, released(image.Existing{Digest: heldDigest})).One(t, commandType, "web-image")
	assert.Equal(t, "go run ./cmd/step publish --region ap-southeast-2 --platform linux/amd64 --to "+repository+":v1.2.3"+
		" --digest "+heldDigest+" --content "+ofContent, step.Get("create"))
	assert.Equal(t, []any{repository + ":v1.2.3", heldDigest, ofContent}, step.Get("triggers"))
}

func TestPromoted_CopiesExactlyThatDigest(t *testing.T) {
	step := record.Run(t, released(image.Promoted{From: elsewhere})).One(t, commandType, "web-image")
	assert.Equal(t, "go run ./cmd/step publish --region ap-southeast-2 --platform linux/amd64 --to "+repository+":v1.2.3"+
		" --from "+elsewhere+" --content "+ofContent, step.Get("create"))
	assert.Equal(t, []any{repository + ":v1.2.3", elsewhere, ofContent}, step.Get("triggers"))

	unknown := record.Run(t, released(image.Promoted{From: elsewhere}, func(in *image.Args) { in.Content = "" })).One(t, commandType, "web-image")
	assert.NotContains(t, unknown.Get("create"), "-content")
}

// What is not built needs neither a source nor a login.
func TestNew_NeedsWhatItUsesOnly(t *testing.T) {
	bare := func(in *image.Args) { in.Source, in.BuildArgs, in.Registry = "", nil, image.Registry{} }
	for _, origin := range []image.Origin{image.Existing{Digest: heldDigest}, image.Promoted{From: elsewhere}, image.Pinned{Digest: heldDigest}} {
		record.Run(t, released(origin, bare))
	}
	record.Run(t, released(image.Pinned{Digest: heldDigest}, bare, func(in *image.Args) { in.Content, in.Region = "", "" }))
}

func TestNew_RefusesOriginsThatLackSomething(t *testing.T) {
	for want, row := range map[string]struct {
		origin image.Origin
		change func(*image.Args)
	}{
		`existing.digest: "v1.2.3" is malformed`:      {image.Existing{Digest: "v1.2.3"}, nil},
		`content: "" is malformed`:                    {image.Existing{Digest: heldDigest}, func(in *image.Args) { in.Content = "" }},
		`region: is empty`:                            {image.Existing{Digest: heldDigest}, func(in *image.Args) { in.Region = "" }},
		`promoted.from: "web:v1.2.3" is malformed`:    {image.Promoted{From: "web:v1.2.3"}, nil},
		`content: "abc" is malformed`:                 {image.Promoted{From: elsewhere}, func(in *image.Args) { in.Content = "abc" }},
		`pinned.digest: "" is malformed`:              {image.Pinned{}, nil},
		`content: "" is malformed; allowed: what`:     {image.Frozen{Digest: heldDigest}, func(in *image.Args) { in.Content = "" }},
		`content: "sha256" is malformed`:              {image.Built{}, func(in *image.Args) { in.Content = "sha256" }},
		`args.CONTENT: is set by the program`:         {image.Built{}, func(in *image.Args) { in.BuildArgs["CONTENT"] = "x" }},
		`staging: "/srv" is not a relative path`:      {image.Built{}, func(in *image.Args) { in.Staging = "/srv" }},
		`args: repository is missing`:                 {image.Pinned{Digest: heldDigest}, func(in *image.Args) { in.RepositoryURL = nil }},
		`frozen.digest: "" is malformed`:              {image.Frozen{}, nil},
		`version: "latest" is malformed`:              {image.Pinned{Digest: heldDigest}, func(in *image.Args) { in.Version = "latest" }},
		`source: "" is not a relative path; allowed:`: {image.Frozen{Digest: heldDigest}, func(in *image.Args) { in.Source = "" }},
	} {
		t.Run(want, func(t *testing.T) {
			change := row.change
			if change == nil {
				change = func(*image.Args) {}
			}
			g, err := record.Try(released(row.origin, change))
			require.ErrorContains(t, err, `image "web-image": `)
			require.ErrorContains(t, err, want)
			assert.Empty(t, append(g.Of(imageType), g.Of(commandType)...), "bad input declares nothing")
		})
	}
}

func TestOrigin_IsExportedInAWord(t *testing.T) {
	for want, origin := range map[string]image.Origin{
		"built": image.Built{}, "held": image.Existing{}, "promoted": image.Promoted{}, "pinned": image.Pinned{},
	} {
		assert.Equal(t, want, origin.String())
	}
	assert.Equal(t, "built", image.Frozen{}.String(), "proving an image is no change of the outputs")
}
