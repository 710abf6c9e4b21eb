package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

type publisher struct {
	request
	keys authn.Keychain
	show io.Writer
}

// receipt says what was done.
type receipt struct {
	// Result is "copied"; "held" where the tag already was what should be copied to it; "same" where it is what it was
	// said to be.
	Result  string `json:"result"`
	Image   string `json:"image"` // repository:tag
	Digest  string `json:"digest"`
	Content string `json:"content,omitempty"` // what the image says it was built from
	From    string `json:"from,omitempty"`
}

func (p publisher) publish(ctx context.Context) (receipt, error) {
	if p.from == nil {
		return p.check(ctx)
	}
	return p.promote(ctx)
}

// check is for a version that was there when the update was decided on.
func (p publisher) check(ctx context.Context) (receipt, error) {
	done := receipt{Result: "same", Image: p.to.String(), Digest: p.digest}
	found, err := p.get(ctx, p.to)
	if err != nil {
		return done, err
	}
	if found == nil {
		return done, fmt.Errorf("the registry holds no %s; it did when the update was decided on\n"+
			"next: run the update again, which looks first and builds what is not there", p.to)
	}
	if err := p.isThat(found.Digest.String()); err != nil {
		return done, err
	}
	if _, done.Content, err = p.runnable(p.to, found); err != nil {
		return done, err
	}
	fmt.Fprintf(p.show, "publish: %s is %s already, built from this very content\n", p.to, p.digest)
	return done, nil
}

// promote copies one image. What the tag is already decides: the copy may have been made by a run that did not hear so.
func (p publisher) promote(ctx context.Context) (receipt, error) {
	done := receipt{Result: "held", Image: p.to.String(), Digest: p.digest, From: p.from.String()}
	found, err := p.get(ctx, p.to)
	if err != nil {
		return done, err
	}
	if found != nil {
		if err := p.isThat(found.Digest.String()); err != nil {
			return done, err
		}
		if _, done.Content, err = p.runnable(p.to, found); err == nil {
			fmt.Fprintf(p.show, "publish: %s is %s already\n", p.to, p.digest)
		}
		return done, err
	}
	source, err := p.get(ctx, *p.from)
	if err != nil {
		return done, err
	}
	if source == nil {
		return done, fmt.Errorf("the registry holds no %s\n"+
			"next: release the version on the stack that it comes from again; its repository keeps what registry.keepReleases says", p.from)
	}
	image, content, err := p.runnable(*p.from, source)
	if err != nil {
		return done, err
	}
	done.Content = content
	if done.Result, err = p.copy(ctx, image); err != nil {
		return done, err
	}
	return done, nil
}

// copy pushes the image's layers, of which the registry takes those that it lacks, and its manifest as it is. A push that
// was refused is judged by what the tag then is: of two runs side by side one is refused, and both are right.
//
//runbook:2.3#2,2.3#4 copies what another stack has proven, digest and all, instead of building it again.
func (p publisher) copy(ctx context.Context, image v1.Image) (result string, err error) {
	layers, size, err := measure(image)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.from, err)
	}
	fmt.Fprintf(p.show, "publish: copying %s to %s: %d layers, %.1f MB\n", p.from, p.to, layers, float64(size)/1e6)
	pushErr := remote.Write(p.to, image, p.options(ctx)...)
	found, err := p.get(ctx, p.to)
	switch {
	case pushErr != nil && (err != nil || found == nil):
		return "", explain(fmt.Sprintf("copy %s to %s", p.from, p.to), pushErr)
	case err != nil:
		return "", err
	case found == nil:
		return "", fmt.Errorf("the registry took %s and yet holds no such tag\nnext: run it again", p.to)
	}
	if err := p.isThat(found.Digest.String()); err != nil {
		return "", err
	}
	if pushErr != nil {
		fmt.Fprintf(p.show, "publish: %s was copied meanwhile by somebody else\n", p.to)
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
	if found == p.digest {
		return nil
	}
	return fmt.Errorf("%s is %s already, and not %s: a version is one image, and its tag is never moved\nnext: release under a new version",
		p.to, found, p.digest)
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
