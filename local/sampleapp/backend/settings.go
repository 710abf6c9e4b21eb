package main

import (
	"fmt"
	"strings"
)

// settings are the environment's, those of the runbook's appendix A that the stand-in uses.
type settings struct {
	port, databaseURL, redisURL, jwtSecret, bucket string
	imageDigest                                    string // optional
}

// readSettings returns an error that names every variable that is missing.
func readSettings(env func(string) string) (settings, error) {
	var read settings
	var missing []string
	for _, needed := range []struct {
		name string
		into *string
	}{
		{"PORT", &read.port}, {"DATABASE_URL", &read.databaseURL}, {"REDIS_URL", &read.redisURL},
		{"JWT_SECRET", &read.jwtSecret}, {"AWS_REGION", new(string)}, {"AWS_S3_BUCKET_NAME", &read.bucket},
	} {
		*needed.into = env(needed.name)
		if *needed.into == "" {
			missing = append(missing, needed.name)
		}
	}
	if len(missing) > 0 {
		return settings{}, fmt.Errorf("environment: missing %s; set them in the task definition", strings.Join(missing, ", "))
	}
	read.imageDigest = env("IMAGE_DIGEST")
	return read, nil
}
