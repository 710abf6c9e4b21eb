package pulumi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// Locks lists the stack's locks. A file backend's are read. Other backends of that kind, such as S3, are asked by renaming
// the stack to its own name: the CLI takes the lock first, and says in full who holds it, or else refuses the name and has
// changed nothing (v3.259.0, backend/diy: renameStack). Pulumi Cloud says which update runs.
func (s Stack) Locks(ctx context.Context) ([]recovery.Lock, error) {
	where, err := s.Where(ctx)
	if err != nil {
		return nil, err
	}
	switch scheme, rest, _ := strings.Cut(where.Backend, "://"); scheme {
	case "file":
		return s.files(where.Project, rest)
	case "http", "https":
		return s.operation(ctx)
	}
	return s.rename(ctx)
}

func (s Stack) files(project, folder string) ([]recovery.Lock, error) {
	folder, _, _ = strings.Cut(folder, "?") // options of the backend
	if rest, home := strings.CutPrefix(folder, "~"); home {
		own, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("locks: %w", err)
		}
		folder = filepath.Join(own, rest)
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(s.Folder, folder)
	}
	names, err := filepath.Glob(filepath.Join(folder, ".pulumi", "locks", "organization", project, last(s.Name), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("locks: %w", err)
	}
	var locks []recovery.Lock
	for _, name := range names {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // its holder ended meanwhile
		}
		var lock recovery.Lock
		if err == nil {
			err = json.Unmarshal(text, &lock)
		}
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		locks = append(locks, lock)
	}
	return locks, nil
}

// last is a stack's own name, without organization and project.
func last(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// What the CLI says of locks (v3.259.0, backend/diy/lock.go and backend.go).
var (
	lockedBy = regexp.MustCompile(`(?m): created by (.*)@([^@\s]*) \(pid (\d+)\) at (\S+)$`)
	isLocked = "the stack is currently locked by"
	isThere  = "already exists"
)

func (s Stack) rename(ctx context.Context) ([]recovery.Lock, error) {
	_, err := s.Capture(ctx, "stack", "rename", last(s.Name), "--stack", s.Name)
	var failed *Error
	switch {
	case err == nil:
		return nil, errors.New("locks: pulumi renamed the stack to its own name, which it should refuse; is it version 3.259.0?")
	case !errors.As(err, &failed):
		return nil, err
	case strings.Contains(failed.Said, isLocked):
		return locksIn(failed.Said)
	case strings.Contains(failed.Said, isThere):
		return nil, nil
	}
	return nil, err
}

// locksIn reads who holds the locks from what the CLI says.
func locksIn(output string) ([]recovery.Lock, error) {
	var locks []recovery.Lock
	for _, match := range lockedBy.FindAllStringSubmatch(output, -1) {
		pid, pidErr := strconv.Atoi(match[3])
		since, err := time.Parse(time.RFC3339, match[4])
		if err := errors.Join(pidErr, err); err != nil {
			return nil, fmt.Errorf("locks: %w", err)
		}
		locks = append(locks, recovery.Lock{User: match[1], Host: match[2], PID: pid, Since: since})
	}
	if len(locks) == 0 {
		return nil, fmt.Errorf("locks: the stack is locked, and pulumi does not say by whom:\n%s", output)
	}
	return locks, nil
}

// operation is the update that Pulumi Cloud says is in progress.
func (s Stack) operation(ctx context.Context) ([]recovery.Lock, error) {
	text, err := s.Capture(ctx, "stack", "--stack", s.Name, "--output", "json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Operation *struct {
			Author  string    `json:"author"`
			Started time.Time `json:"started"`
		} `json:"currentOperation"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("pulumi stack --output json: %w", err)
	}
	if answer.Operation == nil {
		return nil, nil
	}
	return []recovery.Lock{{User: answer.Operation.Author, Host: recovery.Cloud, Since: answer.Operation.Started}}, nil
}
