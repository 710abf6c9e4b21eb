package engine

import (
	"context"
	"net/url"
	"path/filepath"

	"github.com/flowcomply/infrastructure/local/emulator"
)

// Bucket is where states are in the emulated AWS's S3.
const Bucket = "flowcomply-pulumi-state"

// S3 is the backend in the emulated AWS's own S3. The bucket has to be there.
func S3(running emulator.Host) string {
	// The endpoint is in the environment too; here, the URL alone tells where a state is.
	return "s3://" + Bucket + "?" + url.Values{
		"region": {running.Region}, "endpoint": {running.Endpoint()}, "use_path_style": {"true"},
		"response_checksum_validation": {"when_required"}, // else the CLI warns that there is none
	}.Encode()
}

func (s Stack) backend() string {
	if s.Backend != "" {
		return s.Backend
	}
	return "file://" + s.state()
}

// Unlock removes the locks of updates that no longer run.
func (s Stack) Unlock(ctx context.Context) error {
	if s.Backend == "" {
		locks, err := filepath.Glob(filepath.Join(s.state(), ".pulumi", "locks", "organization", "*", s.Name, "*.json"))
		if err != nil || len(locks) == 0 {
			return err
		}
	}
	return s.cli(s.seed()).Unlock(ctx, s.Name)
}
