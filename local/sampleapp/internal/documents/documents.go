// Package documents keeps documents in S3.
//
// Endpoint, region and credentials are the AWS SDK's standard variables, as in a container that ECS started. With an
// endpoint of one's own (AWS_ENDPOINT_URL) buckets are in the path: no name server knows <bucket>.<that host>.
package documents

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Bucket is where documents are.
type Bucket struct {
	name   string
	client *s3.Client
}

// Open prepares the bucket and asks nothing of it yet.
func Open(ctx context.Context, name string) (*Bucket, error) {
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("documents: AWS configuration: %w", err)
	}
	return &Bucket{name: name, client: s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	})}, nil
}

// Ping fails unless the bucket is there and may be used. It does not retry: the caller asks again.
func (b *Bucket) Ping(ctx context.Context) error {
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}, func(o *s3.Options) {
		o.Retryer = aws.NopRetryer{}
	})
	return wrap(err, "bucket", b.name)
}

// Put writes a document.
func (b *Bucket) Put(ctx context.Context, key string, document []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: bytes.NewReader(document), ContentType: aws.String("application/json"),
	})
	return wrap(err, "put", key)
}

// Get reads a document.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	got, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, wrap(err, "get", key)
	}
	defer got.Body.Close()
	document, err := io.ReadAll(got.Body)
	return document, wrap(err, "get", key)
}

func wrap(err error, what, which string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("documents: %s %s: %w", what, which, err)
}
