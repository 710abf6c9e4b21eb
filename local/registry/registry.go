// Package registry is the part of the emulated ECR that a Docker daemon talks to: an OCI registry on loopback
// whose repositories, tags and immutability are those of the emulated AWS.
//
// Blobs and manifests are kept by go-containerregistry's registry. Before a manifest is accepted, ECR is asked
// to PutImage it, so that a push to an unknown repository or over an immutable tag is refused as ECR refuses it,
// and what was pushed is there for every ECR API call.
package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-containerregistry/pkg/registry"
)

// ECR is what the registry asks of ECR.
type ECR interface {
	PutImage(context.Context, *ecr.PutImageInput, ...func(*ecr.Options)) (*ecr.PutImageOutput, error)
}

// New returns the registry's handler. Blobs are kept in the folder; manifests live as long as the process, as
// the emulated AWS does.
func New(folder string, api ECR, logger *log.Logger) http.Handler {
	store := registry.New(registry.WithBlobHandler(registry.NewDiskBlobHandler(folder)), registry.Logger(logger))
	return &handler{store: store, api: api}
}

type handler struct {
	store http.Handler
	api   ECR
}

var manifestPath = regexp.MustCompile(`^/v2/(.+)/manifests/([^/]+)$`)

// maxManifest is ECR's own limit for an image manifest, 4 MiB
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html).
const maxManifest = 4 << 20

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	match := manifestPath.FindStringSubmatch(r.URL.Path)
	if r.Method != http.MethodPut || match == nil {
		h.store.ServeHTTP(w, r)
		return
	}
	manifest, err := io.ReadAll(io.LimitReader(r.Body, maxManifest+1))
	if err != nil || len(manifest) > maxManifest {
		refuse(w, http.StatusBadRequest, "MANIFEST_INVALID", "the manifest could not be read, or is larger than 4 MiB")
		return
	}
	if err := h.put(r.Context(), match[1], match[2], r.Header.Get("Content-Type"), manifest); err != nil {
		answer(w, match[1], err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(manifest))
	h.store.ServeHTTP(w, r)
}

func (h *handler) put(ctx context.Context, repository, reference, mediaType string, manifest []byte) error {
	in := &ecr.PutImageInput{
		RepositoryName:         aws.String(repository),
		ImageManifest:          aws.String(string(manifest)),
		ImageManifestMediaType: aws.String(mediaType),
		ImageDigest:            aws.String(fmt.Sprintf("sha256:%x", sha256.Sum256(manifest))),
	}
	if !strings.HasPrefix(reference, "sha256:") {
		in.ImageTag = aws.String(reference)
	}
	_, err := h.api.PutImage(ctx, in)
	var same *types.ImageAlreadyExistsException
	if errors.As(err, &same) {
		return nil // the same content under the same name: pushing it again is no change
	}
	return err
}

// answer turns ECR's refusal into the registry protocol's, with the message that ECR gives.
func answer(w http.ResponseWriter, repository string, err error) {
	var missing *types.RepositoryNotFoundException
	var taken *types.ImageTagAlreadyExistsException
	var refused smithy.APIError
	switch {
	case errors.As(err, &missing):
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", fmt.Sprintf("The repository with name '%s' does not exist in the registry", repository))
	case errors.As(err, &taken):
		refuse(w, http.StatusBadRequest, "TAG_INVALID", taken.ErrorMessage())
	case errors.As(err, &refused) && refused.ErrorFault() != smithy.FaultServer: // Docker shows the message of what is denied
		refuse(w, http.StatusForbidden, "DENIED", refused.ErrorCode()+": "+refused.ErrorMessage())
	default:
		refuse(w, http.StatusBadGateway, "UNKNOWN", err.Error())
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
