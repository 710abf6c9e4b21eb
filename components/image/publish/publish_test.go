package publish

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
)

// These tests publish to a registry in this process. They do not prove that ECR answers as it does: the running stack has
// a registry that ECR's own rules stand in front of.

// asked is a request with flags as the command line has them.
func asked(t *testing.T, s *store, args ...string) publisher {
	t.Helper()
	p := publisher{keys: s.keys(), show: &bytes.Buffer{}, Request: Request{Platform: "linux/amd64"}}
	flags := flag.NewFlagSet("publish", flag.ContinueOnError)
	from := flags.String("from", "", "")
	flags.StringVar(&p.Platform, "platform", p.Platform, "")
	flags.StringVar(&p.Digest, "digest", "", "")
	flags.StringVar(&p.Content, "content", "", "")
	require.NoError(t, flags.Parse(args))
	var err error
	p.To, err = name.NewTag(s.host() + "/web:" + version)
	require.NoError(t, err)
	if *from != "" {
		image, err := name.NewDigest(*from)
		require.NoError(t, err)
		p.From, p.Digest = &image, image.DigestStr()
	}
	return p
}

func published(t *testing.T, p publisher) (Receipt, string, error) {
	t.Helper()
	done, err := p.publish(t.Context())
	return done, p.show.(*bytes.Buffer).String(), err
}

func labelled(text string) func(*v1.ConfigFile) {
	return func(config *v1.ConfigFile) { config.Config.Labels = map[string]string{contentLabel: text} }
}

func TestLabel_IsTheOneThatImagesAreBuiltWith(t *testing.T) {
	assert.Equal(t, image.ContentLabel, contentLabel)
	assert.Contains(t, lines, "ARG "+image.ContentArg+"\n")
	assert.Contains(t, lines, "ARG "+image.ReleaseArg+"\n")
}

func TestCheck_IsContentWithThatDigestOfThatContent(t *testing.T) {
	s := newStore(t)
	digest := s.push(t, "web:"+version, made(t))
	s.forget()
	done, shown, err := published(t, asked(t, s, "-digest", digest, "-content", content))
	require.NoError(t, err)
	assert.Equal(t, Receipt{Result: "same", Image: s.host() + "/web:" + version, Digest: digest, Content: content}, done)
	assert.Contains(t, shown, "is "+digest+" already")
	assert.Zero(t, s.wrote())
}

func TestCheck_NamesWhatIsNotAsItShouldBe(t *testing.T) {
	for name, row := range map[string]struct {
		image   v1.Image
		digest  string // instead of the image's
		content string
		want    []string
	}{
		"another digest":  {made(t), other, content, []string{" already, and not " + other, "next: release under a new version"}},
		"another content": {made(t, labelled(other)), "", content, []string{"built from the content " + other, "has the content " + content, "or check out the source of " + version}},
		"no label": {made(t, func(config *v1.ConfigFile) { config.Config.Labels = nil }), "", content, []string{
			"has no label com.flowcomply.content", content, "\tARG CONTENT\n\tLABEL org.opencontainers.image.version=$RELEASE com.flowcomply.content=$CONTENT\n"}},
		"an empty label": {made(t, labelled("")), "", content, []string{"has no label com.flowcomply.content"}},
		"another processor": {made(t, func(config *v1.ConfigFile) { config.Architecture = "arm64" }), "", content, []string{
			"is for linux/arm64, and tasks run on linux/amd64", "exec format error", "build it for linux/amd64"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			digest := s.push(t, "web:"+version, row.image)
			given := row.digest
			if given == "" {
				given = digest
			}
			_, _, err := published(t, asked(t, s, "-digest", given, "-content", row.content))
			require.ErrorContains(t, err, digest)
			for _, want := range row.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestCheck_TellsWhatIsNotThere(t *testing.T) {
	s := newStore(t)
	for _, there := range []string{"", "web:v0.9.0"} { // no repository, and no such tag in it
		if there != "" {
			s.push(t, there, made(t))
		}
		_, _, err := published(t, asked(t, s, "-digest", other, "-content", content))
		require.ErrorContains(t, err, "the registry holds no "+s.host()+"/web:"+version)
		require.ErrorContains(t, err, "next: run the update again")
	}
}

func TestCheck_RefusesAnIndex(t *testing.T) {
	s := newStore(t)
	digest := s.pushIndex(t, "web:"+version, made(t))
	_, _, err := published(t, asked(t, s, "-digest", digest, "-content", content))
	require.ErrorContains(t, err, "is a application/vnd.oci.image.index.v1+json and no single image")
	require.ErrorContains(t, err, "next: build for linux/amd64 alone")
}

func TestPublish_SaysWhichPermissionsAreMissing(t *testing.T) {
	for end, want := range map[string]string{
		"GET /v2/web/manifests/" + version: "/web:" + version + ": ",
		"PUT /v2/web/manifests/" + version: "copy ",
	} {
		s := newStore(t)
		digest := s.push(t, "staging:"+version, made(t))
		s.refuse[end] = http.StatusForbidden
		_, _, err := published(t, asked(t, s, "-from", s.host()+"/staging@"+digest))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "DENIED: User is not authorized")
		require.ErrorContains(t, err, "ecr:PutImage on what is written")
	}
	s := newStore(t)
	p := asked(t, s, "-digest", other, "-content", content)
	p.keys = registryLogin{host: "elsewhere"}
	_, _, err := published(t, p)
	require.ErrorContains(t, err, "UNAUTHORIZED")
	require.ErrorContains(t, err, "whose own account's registry is logged in to")
}

func TestPublish_EndsWhenItIsInterrupted(t *testing.T) {
	s, theirs := newStore(t), newStore(t)
	theirs.password = ""
	digest := theirs.push(t, "staging:"+version, made(t))
	ctx, stop := context.WithCancel(t.Context())
	s.before = func(r *http.Request) {
		if r.Method == http.MethodPost { // the first upload
			stop()
			<-r.Context().Done()
		}
	}
	p, ended := asked(t, s, "-from", theirs.host()+"/staging@"+digest), make(chan error, 1)
	go func() {
		_, err := p.publish(ctx)
		ended <- err
	}()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
	assert.Empty(t, s.holds(t, "web"), "half an image has a tag")
}
