// Command frontend stands in for FlowComply's frontend on one machine: it listens on PORT and serves a page whose script
// names the API that it was built for. `server healthcheck` exits 0 if the server in this container is healthy;
// `server install CACHE` is the step of its Dockerfile that stands in for `npm ci`.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/logs"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/site"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

func main() {
	ctx := context.Background()
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		if err := web.Healthcheck(ctx, os.Getenv("PORT"), site.HealthPath); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "install" {
		if err := image.Install("/", os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	log := logs.New(os.Stdout, os.Getenv("LOG_LEVEL"))
	if err := run(ctx, log); err != nil {
		log.Error("cannot run", "error", err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	port := os.Getenv("PORT")
	if port == "" {
		return fmt.Errorf("environment: missing PORT; set it in the task definition")
	}
	built, err := image.Read("/")
	if err != nil {
		return err
	}
	if err := built.Installed("/"); err != nil {
		return err
	}
	broken, err := web.Start(faults.Frontend, built, log)
	if err != nil {
		return err
	}
	page := site.Site{API: os.Getenv("BUILT_API_URL"), Name: os.Getenv("BUILT_APP_NAME"), Version: built.Version, Faults: broken, Log: log}
	return web.Service{Port: port, Faults: broken, Log: log, Handler: page.Handler(), Effects: faults.Common(log)}.Run(ctx)
}
