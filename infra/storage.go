package main

import "github.com/flowcomply/infrastructure/components/bucket"

// storage is the buckets: customers' documents, and the access logs of that bucket and of the load balancer.
type storage struct {
	logs      *bucket.Logs
	documents *bucket.Documents
}

func (e *environment) declareStorage() (err error) {
	e.storage.logs, err = bucket.NewLogs(e.ctx, "logs", e.spec.Logs, bucket.LogsWiring{
		AccountID: e.spec.Account.ID, Region: e.spec.Account.Region, BucketName: e.names.LogsBucket(),
		Sources: []string{e.names.DocumentsBucket()}, Protected: e.spec.Protected(),
	}, e.aws)
	if err != nil {
		return err
	}
	e.storage.documents, err = bucket.NewDocuments(e.ctx, "documents", e.spec.Documents, bucket.DocumentsWiring{
		BucketName: e.names.DocumentsBucket(), KeyArn: e.keys.data.Arn, LogBucket: e.storage.logs.Name,
		Protected: e.spec.Protected(),
	}, e.aws)
	return err
}
