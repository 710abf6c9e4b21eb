// Command backend stands in for FlowComply's backend on one machine, with its routes, its database, cache and documents.
//
//	server                        serve on PORT
//	server healthcheck            exit 0 if the server in this container is healthy; an image from scratch has no curl
//	server migrate …              as `prisma migrate status`, `deploy` and `resolve`, with their exit codes
//	server count                  write how many rows the key tables have; exit 1 if one of them is missing
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/api"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/logs"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// root is where the image's files are.
const root = "/"

func main() {
	ctx, args := context.Background(), os.Args[1:]
	if len(args) > 2 && args[0] == "npx" && args[1] == "prisma" {
		args = args[2:] // as the real image is asked
	}
	if len(args) > 0 && args[0] == "migrate" {
		command := migrate.Command{DatabaseURL: os.Getenv("DATABASE_URL"), Folder: root + image.Migrations, Out: os.Stdout, Err: os.Stderr}
		os.Exit(command.Run(ctx, args[1:]))
	}
	if len(args) > 0 && args[0] == "count" {
		end(store.Count(ctx, os.Getenv("DATABASE_URL"), os.Stdout))
	}
	if len(args) > 0 && args[0] == "healthcheck" {
		end(web.Healthcheck(ctx, os.Getenv("PORT"), api.HealthPath))
	}
	log := logs.New(os.Stdout, os.Getenv("LOG_LEVEL"))
	if err := run(ctx, log); err != nil {
		log.Error("cannot run", "error", err.Error())
		os.Exit(1)
	}
}

// end ends a command: with what went wrong, or with exit code 0.
func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, log *slog.Logger) error {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	built, err := image.Read(root)
	if err != nil {
		return err
	}
	service, end, err := newService(ctx, settings, built, root+image.Migrations, log)
	if err != nil {
		return err
	}
	defer end()
	return service.Run(ctx)
}
