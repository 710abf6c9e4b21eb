// Package publish makes sure that an ECR repository holds an image that exists already under a release's version, and
// builds nothing (runbook 2.3): it copies an image by digest from another repository, or checks that the repository holds
// a digest that was built from a content.
//
// Decisions:
//   - The image has to be one that ECS can run: one manifest of the platform.
//   - A tag is never moved, and nothing is copied twice: it can be run again after any failure.
//   - The registry's login comes from ECR, and is sent to that registry alone.
package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/logs"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Request is which image has to be where.
type Request struct {
	Platform string // os/architecture that it has to be of
	To       name.Tag
	From     *name.Digest  // what to copy; nil to check what is there
	Digest   string        // what To has to be, or becomes
	Content  string        // what it was built from; empty where nobody knows
	Timeout  time.Duration // longest that all of it may take
}

type publisher struct {
	Request
	keys authn.Keychain
	show io.Writer
}

// Receipt says what was done.
type Receipt struct {
	// Result is "copied"; "held" where the tag already was what should be copied to it; "same" where it is what it was
	// said to be.
	Result  string `json:"result"`
	Image   string `json:"image"` // repository:tag
	Digest  string `json:"digest"`
	Content string `json:"content,omitempty"` // what the image says it was built from
	From    string `json:"from,omitempty"`
}

// Run copies or checks the image, and shows what it does. The account is that of the registry that is written to.
func Run(ctx context.Context, account aws.Config, asked Request, show io.Writer) (Receipt, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, asked.Timeout, fmt.Errorf("it took longer than %s", asked.Timeout))
	defer cancel()
	logs.Progress.SetOutput(show) // a line for each layer
	logs.Progress.SetFlags(0)
	logs.Progress.SetPrefix("publish: ")
	var done Receipt
	keys, err := login(ctx, ecr.NewFromConfig(account))
	if err == nil {
		done, err = publisher{Request: asked, keys: keys, show: show}.publish(ctx)
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return done, err
}

func (p publisher) publish(ctx context.Context) (Receipt, error) {
	if p.From == nil {
		return p.check(ctx)
	}
	return p.promote(ctx)
}

// check is for a version that was there when the update was decided on.
func (p publisher) check(ctx context.Context) (Receipt, error) {
	done := Receipt{Result: "same", Image: p.To.String(), Digest: p.Digest}
	there, err := p.held(ctx, &done)
	switch {
	case err != nil:
		return done, err
	case !there:
		return done, fmt.Errorf("the registry holds no %s; it did when the update was decided on\n"+
			"next: run the update again, which looks first and builds what is not there", p.To)
	}
	fmt.Fprintf(p.show, "publish: %s is %s already, built from this very content\n", p.To, p.Digest)
	return done, nil
}

// held tells whether the registry has the tag, which has to be the digest that it should be, and an image that can run.
func (p publisher) held(ctx context.Context, done *Receipt) (bool, error) {
	found, err := p.get(ctx, p.To)
	if err != nil || found == nil {
		return false, err
	}
	if err := p.isThat(found.Digest.String()); err != nil {
		return true, err
	}
	_, done.Content, err = p.runnable(p.To, found)
	return true, err
}

// promote copies one image, unless the tag exists: an earlier run may have copied it and lost the answer.
func (p publisher) promote(ctx context.Context) (Receipt, error) {
	done := Receipt{Result: "held", Image: p.To.String(), Digest: p.Digest, From: p.From.String()}
	there, err := p.held(ctx, &done)
	if err != nil {
		return done, err
	}
	if there {
		fmt.Fprintf(p.show, "publish: %s is %s already\n", p.To, p.Digest)
		return done, nil
	}
	source, err := p.get(ctx, *p.From)
	if err != nil {
		return done, err
	}
	if source == nil {
		return done, fmt.Errorf("the registry holds no %s\n"+
			"next: release the version on the stack that it comes from again; its repository keeps what registry.keepReleases says", p.From)
	}
	image, content, err := p.runnable(*p.From, source)
	if err != nil {
		return done, err
	}
	done.Content = content
	done.Result, err = p.copy(ctx, image)
	return done, err
}

// copy pushes the layers that the registry lacks, and the manifest unchanged. After a refused push the tag is looked up
// again: of two runs at the same time one is refused, although the tag is then right for both.
//
//runbook:2.3#2,2.3#4 copies what another stack has proven, digest and all, instead of building it again.
func (p publisher) copy(ctx context.Context, image v1.Image) (result string, err error) {
	layers, size, err := measure(image)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.From, err)
	}
	fmt.Fprintf(p.show, "publish: copying %s to %s: %d layers, %.1f MB\n", p.From, p.To, layers, float64(size)/1e6)
	pushErr := remote.Write(p.To, image, p.options(ctx)...)
	found, err := p.get(ctx, p.To)
	switch {
	case pushErr != nil && (err != nil || found == nil):
		return "", explain(fmt.Sprintf("copy %s to %s", p.From, p.To), pushErr)
	case err != nil:
		return "", err
	case found == nil:
		return "", fmt.Errorf("the registry took %s and yet holds no such tag\nnext: run it again", p.To)
	}
	if err := p.isThat(found.Digest.String()); err != nil {
		return "", err
	}
	if pushErr != nil {
		fmt.Fprintf(p.show, "publish: %s was copied meanwhile by somebody else\n", p.To)
		return "held", nil
	}
	return "copied", nil
}

func measure(image v1.Image) (layers int, size int64, err error) {
	manifest, err := image.Manifest()
	if err != nil {
		return 0, 0, err
	}
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	return len(manifest.Layers), size, nil
}

// isThat wants the tag to be the digest that it should be: a released version is one image for ever.
func (p publisher) isThat(found string) error {
	if found == p.Digest {
		return nil
	}
	return fmt.Errorf("%s is %s already, and not %s: a version is one image, and its tag is never moved\nnext: release under a new version",
		p.To, found, p.Digest)
}

// get is what a repository holds under a tag or digest; nil where it holds none, or is not there.
func (p publisher) get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	found, err := remote.Get(ref, p.options(ctx)...)
	var refused *transport.Error
	if errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ref.String(), err)
	}
	return found, nil
}

func (p publisher) options(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(p.keys)}
}

// explain says what a registry's refusal asks for.
func explain(what string, err error) error {
	next := "look at the way to the registry and run it again; what was copied is not copied again"
	var refused *transport.Error
	if errors.As(err, &refused) && (refused.StatusCode == http.StatusUnauthorized || refused.StatusCode == http.StatusForbidden) {
		next = "look at the AWS credentials, whose own account's registry is logged in to: they need ecr:BatchGetImage and " +
			"ecr:GetDownloadUrlForLayer on what is read, and ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, " +
			"ecr:CompleteLayerUpload and ecr:PutImage on what is written"
	}
	return fmt.Errorf("%s: %w\nnext: %s", what, err, next)
}
