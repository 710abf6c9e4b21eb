package outputs

import "github.com/flowcomply/infrastructure/internal/text"

// ShortDigest keeps enough of a digest to tell it from others.
func ShortDigest(digest string) string {
	const enough = len("sha256:") + 12
	if len(digest) <= enough {
		return text.OrUnknown(digest)
	}
	return digest[:enough]
}
