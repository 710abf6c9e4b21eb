package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// maxLooks bounds how many answers are read each time.
const maxLooks = 10

// ReportsVersion checks that the application behind the load balancer reports what was asked for: the image digest if
// it reports one (field image), else the version. It asks at least twice as often as there are tasks, up to maxLooks,
// as each answer is one task's. Version is the release, such as v1.0.0. An application that reports neither is not
// enough data.
func ReportsVersion(apiURL string, want outputs.Service, version string, client *http.Client, interval time.Duration) check.Check {
	return check.Check{Group: "identity", Name: "reported version", Run: func(ctx context.Context) (string, error) {
		looks := min(2*max(want.MinimumTasks, 1), maxLooks)
		return check.Poll(ctx, interval, func(ctx context.Context) (seen string, err error) {
			for range looks {
				body, p, err := askHealth(ctx, httpClient{client: client}, apiURL)
				if err != nil {
					return "", err
				}
				if seen, err = evaluateVersion(body, p, want, version); err != nil {
					return "", err
				}
			}
			return fmt.Sprintf("%s, in %s", seen, text.Count(looks, "answer")), nil
		})
	}}
}

func evaluateVersion(body healthBody, p page, want outputs.Service, version string) (string, error) {
	image := body.Image
	if at := strings.LastIndex(image, "@"); at >= 0 {
		image = image[at+1:] // a whole reference will do
	}
	next := "an older task still answers, or the load balancer reaches another service: compare with identity above and the targets"
	switch {
	case image == want.ImageDigest && image != "":
		return "reports " + outputs.ShortDigest(image), nil
	case image != "":
		return "", &check.Failure{
			Cause: fmt.Sprintf("%s: the application reports image %s, not the requested %s",
				p.what, outputs.ShortDigest(image), outputs.ShortDigest(want.ImageDigest)), Next: next,
		}
	case body.Version == "":
		return "", poll.Permanent(check.NoData(&check.Failure{
			Cause: p.what + ": the application reports neither its image nor its version",
			Next:  "let the health check report IMAGE_DIGEST, which every service has in its environment, as image",
		}))
	case strings.TrimPrefix(body.Version, "v") != strings.TrimPrefix(version, "v"):
		return "", &check.Failure{
			Cause: fmt.Sprintf("%s: the application reports version %s, not the requested %s", p.what, body.Version, version), Next: next,
		}
	}
	return "reports version " + body.Version, nil
}
