package publish

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// contentLabel is components/image's ContentLabel; a test holds the two together, as no step has anything of Pulumi's
// in it.
const contentLabel = "com.flowcomply.content"

const lines = `	ARG RELEASE
	ARG CONTENT
	LABEL org.opencontainers.image.version=$RELEASE ` + contentLabel + `=$CONTENT`

// runnable wants what a service can run: one manifest of the platform, as another processor's program ends with "exec
// format error" only when a task starts; and built from the content that is asked for, where one is.
func (p publisher) runnable(ref name.Reference, found *remote.Descriptor) (image v1.Image, content string, err error) {
	if !found.MediaType.IsImage() {
		return nil, "", fmt.Errorf("%s is a %s and no single image: which of its images a task runs would not be what its digest says\n"+
			"next: build for %s alone and without attestations, and release under a new version", ref, found.MediaType, p.Platform)
	}
	if image, err = found.Image(); err != nil {
		return nil, "", explain(ref.String(), err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, "", explain(ref.String()+": its configuration", err)
	}
	if platform := config.OS + "/" + config.Architecture; platform != p.Platform {
		return nil, "", fmt.Errorf("%s, %s, is for %s, and tasks run on %s: they would end with \"exec format error\"\n"+
			"next: build it for %s and release under a new version", ref, found.Digest, platform, p.Platform, p.Platform)
	}
	content = config.Config.Labels[contentLabel]
	return image, content, p.isOf(content, ref, found.Digest.String())
}

// isOf wants the image to be of the content that is asked for.
func (p publisher) isOf(content string, ref name.Reference, digest string) error {
	switch {
	case p.Content == "" || content == p.Content:
		return nil
	case content == "":
		return fmt.Errorf("%s, %s, has no label %s, so nobody can tell whether it was built from the content that is asked for, %s\n"+
			"next: end its Dockerfile with\n%s\nand release under a new version", ref, digest, contentLabel, p.Content, lines)
	}
	return fmt.Errorf("%s is %s already, built from the content %s; the source that is here has the content %s\n"+
		"next: release what is here under a new version, or check out the source of %s", ref, digest, content, p.Content, ref.Identifier())
}
