package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// HealthPath is the backend's health check (runbook 5.1).
const HealthPath = "/api/monitoring/health"

const connected = "connected"

// dependencies are what the backend must be connected to, with what to do if it is not (runbook, service won't start).
//
//runbook:trouble.service#5-6,trouble.high#5 says what to check when database, Redis or documents are disconnected.
var dependencies = map[string]string{
	"database": "check the instance's state and connections, DATABASE_URL's secret, and the security group between service and database",
	"redis":    "check the replication group's state, REDIS_URL's secret, and the security group between service and cache",
	"s3":       "check the bucket, the task role's policy for it and for its key, and the endpoint for S3 in the network",
}

// healthBody is what the backend says of itself. Image and version are optional.
type healthBody struct {
	Status   string            `json:"status"`
	Version  string            `json:"version"`
	Image    string            `json:"image"`
	Services map[string]string `json:"services"`
}

// Health checks that the API answers 200 and says that it is healthy and connected to database, redis and s3 (runbook
// 5.1). It asks again until the check's deadline.
//
//runbook:1.1#1,5.1#1-2 asks the API until it says that it is healthy and connected; `--stack staging` asks staging's.
//runbook:2.1#5 gets no healthy answer from a build that left something out.
func Health(apiURL string, client *http.Client, interval time.Duration) check.Check {
	return check.BackedOff("health", "api", interval, func(ctx context.Context) (string, error) {
		body, p, err := askHealth(ctx, httpClient{client: client}, apiURL)
		if err != nil {
			return "", err
		}
		return "healthy; connected to " + strings.Join(slices.Sorted(maps.Keys(body.Services)), ", "), evaluateHealth(body, p)
	})
}

// askHealth also reads the body of a 503: it says what is disconnected.
func askHealth(ctx context.Context, a httpClient, apiURL string) (healthBody, page, error) {
	p, err := a.ask(ctx, request{url: apiURL + HealthPath})
	if err != nil {
		return healthBody{}, page{}, err
	}
	var body healthBody
	if p.status == http.StatusServiceUnavailable && json.Unmarshal(p.body, &body) == nil && body.Services != nil {
		return body, p, nil
	}
	if p.status != http.StatusOK {
		return healthBody{}, page{}, a.unexpected(p)
	}
	return body, p, a.decode(p, &body)
}

func evaluateHealth(body healthBody, p page) error {
	var wrong, next []string
	for _, name := range slices.Sorted(maps.Keys(dependencies)) {
		if _, ok := body.Services[name]; !ok {
			wrong = append(wrong, "it does not say whether "+name+" is connected")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(body.Services)) {
		if state := body.Services[name]; state != connected {
			wrong = append(wrong, fmt.Sprintf("%s is %s", name, text.OrUnknown(state)))
			if hint, ok := dependencies[name]; ok {
				next = append(next, name+": "+hint)
			}
		}
	}
	if len(wrong) == 0 {
		if p.status != http.StatusOK {
			wrong = append(wrong, "it answers "+p.statusText())
		}
		if body.Status != "healthy" {
			wrong = append(wrong, fmt.Sprintf("its status is %q, not \"healthy\"", body.Status))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return p.failure(cmp.Or(strings.Join(next, "; "), nextErrors), "%s", strings.Join(wrong, "; "))
}

// maxLooks bounds how many answers are read each time.
const maxLooks = 10

// ReportsVersion checks that the application behind the load balancer reports what was asked for: the image digest if
// it reports one (field image), else the version. It asks at least twice as often as there are tasks, up to maxLooks,
// as each answer is one task's. Version is the release, such as v1.0.0. An application that reports neither is not
// enough data.
func ReportsVersion(apiURL string, want outputs.Service, version string, client *http.Client, interval time.Duration) check.Check {
	looks := min(2*max(want.MinimumTasks, 1), maxLooks)
	return check.BackedOff("identity", "reported version", interval, func(ctx context.Context) (seen string, err error) {
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
}

func evaluateVersion(body healthBody, p page, want outputs.Service, version string) (string, error) {
	image := body.Image[strings.LastIndex(body.Image, "@")+1:] // a whole reference will do
	next := "an older task still answers, or the load balancer reaches another service: compare with identity above and the targets"
	switch {
	case image == want.ImageDigest && image != "":
		return "reports " + outputs.ShortDigest(image), nil
	case image != "":
		return "", p.failure(next, "the application reports image %s, not the requested %s",
			outputs.ShortDigest(image), outputs.ShortDigest(want.ImageDigest))
	case body.Version == "":
		return "", poll.Permanent(check.NoData(p.failure(
			"let the health check report IMAGE_DIGEST, which every service has in its environment, as image",
			"the application reports neither its image nor its version")))
	case strings.TrimPrefix(body.Version, "v") != strings.TrimPrefix(version, "v"):
		return "", p.failure(next, "the application reports version %s, not the requested %s", body.Version, version)
	}
	return "reports version " + body.Version, nil
}
