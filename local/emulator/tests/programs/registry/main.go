// Command registry runs the registry in front of an emulated ECR for the emulator's tests: registry ADDRESS ENDPOINT FOLDER.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/flowcomply/infrastructure/local/registry"
)

func main() {
	address, endpoint, folder := os.Args[1], os.Args[2], os.Args[3]
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion("ap-southeast-2"), config.WithBaseEndpoint(endpoint),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("test", "test", "")))
	if err != nil {
		log.Fatal(err)
	}
	handler := registry.New(folder, ecr.NewFromConfig(cfg), log.New(io.Discard, "", 0)) // what it refuses, its clients say
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
