package publish

import (
	"net/http"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests copy between repositories, and registries, of this process; what that does not prove, publish_test.go says.

func TestPromote_CopiesTheVeryDigest(t *testing.T) {
	s := newStore(t)
	digest := s.push(t, "staging:"+version, made(t))
	from := s.host() + "/staging@" + digest
	done, shown, err := published(t, asked(t, s, "-from", from))
	require.NoError(t, err)
	assert.Equal(t, Receipt{Result: "copied", Image: s.host() + "/web:" + version, Digest: digest, Content: content, From: from}, done)
	assert.Equal(t, digest, s.holds(t, "web"))
	assert.Contains(t, shown, "copying "+from+" to "+s.host()+"/web:"+version+": 1 layers, 0.0 MB")

	s.forget()
	again, shown, err := published(t, asked(t, s, "-from", from, "-content", content))
	require.NoError(t, err)
	done.Result = "held"
	assert.Equal(t, done, again)
	assert.Contains(t, shown, "already")
	assert.Zero(t, s.wrote(), "copied twice")
}

func TestPromote_CopiesFromAnotherRegistryAndShowsItNoLogin(t *testing.T) {
	s, theirs := newStore(t), newStore(t)
	theirs.password = ""
	digest := theirs.push(t, "staging:"+version, made(t))
	theirs.forget()
	_, _, err := published(t, asked(t, s, "-from", theirs.host()+"/staging@"+digest))
	require.NoError(t, err)
	assert.Equal(t, digest, s.holds(t, "web"))
	assert.True(t, s.logins["AWS"])
	assert.Empty(t, theirs.logins)
}

func TestPromote_RefusesWhatNoTaskCanRunBeforeItIsCopied(t *testing.T) {
	arm := func(config *v1.ConfigFile) { config.Architecture = "arm64" }
	for want, push := range map[string]func(*store) string{
		"is for linux/arm64, and tasks run on linux/amd64": func(s *store) string { return s.push(t, "staging:"+version, made(t, arm)) },
		"built from the content " + other:                  func(s *store) string { return s.push(t, "staging:"+version, made(t, labelled(other))) },
		"and no single image":                              func(s *store) string { return s.pushIndex(t, "staging:"+version, made(t)) },
		"the registry holds no ":                           func(*store) string { return other },
	} {
		s := newStore(t)
		digest := push(s)
		s.forget()
		_, _, err := published(t, asked(t, s, "-from", s.host()+"/staging@"+digest, "-content", content))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "next: ")
		assert.Zero(t, s.wrote(), want)
		assert.Empty(t, s.holds(t, "web"), want)
	}
	s := newStore(t)
	digest := s.push(t, "staging:"+version, made(t, arm))
	_, _, err := published(t, asked(t, s, "-from", s.host()+"/staging@"+digest, "-platform", "linux/arm64"))
	require.NoError(t, err)
}

func TestPromote_NeverMovesATag(t *testing.T) {
	s := newStore(t)
	digest, taken := s.push(t, "staging:"+version, made(t)), s.push(t, "web:"+version, made(t))
	s.forget()
	_, _, err := published(t, asked(t, s, "-from", s.host()+"/staging@"+digest))
	require.ErrorContains(t, err, s.host()+"/web:"+version+" is "+taken+" already, and not "+digest)
	require.ErrorContains(t, err, "next: release under a new version")
	assert.Zero(t, s.wrote())
	assert.Equal(t, taken, s.holds(t, "web"))
}

// Somebody pushes between our look and our push: the registry refuses ours, and what it then holds decides.
func TestPromote_JudgesARefusedPushByWhatIsThere(t *testing.T) {
	for name, same := range map[string]bool{"the same image": true, "another": false} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			image := made(t)
			digest, theirs := s.push(t, "staging:"+version, image), made(t)
			if same {
				theirs = image
			}
			raced := false
			s.before = func(r *http.Request) {
				if !raced && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/web/manifests/"+version) {
					raced = true
					s.push(t, "web:"+version, theirs)
				}
			}
			done, shown, err := published(t, asked(t, s, "-from", s.host()+"/staging@"+digest))
			require.True(t, raced)
			if same {
				require.NoError(t, err)
				assert.Equal(t, "held", done.Result)
				assert.Contains(t, shown, "was copied meanwhile by somebody else")
				return
			}
			require.ErrorContains(t, err, "already, and not "+digest)
		})
	}
}
