package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Visits counts requests that were made to the site and the API without a pause.
type Visits struct {
	Made int
	Lost []string // those that were not answered as they should be, and how
}

// visitEvery is how long a person waits before the next request: often enough that no gap of a deployment is missed, and
// little enough that they are no load.
const visitEvery = 250 * time.Millisecond

// Visit has one person on each of these pages, or one on the site and one on the API, until the function that is returned
// is called.
func (s *Stack) Visit(ctx context.Context, pages ...string) (end func() Visits) {
	if len(pages) == 0 {
		pages = s.pages()
	}
	ctx, stop := context.WithCancel(ctx)
	var visitors sync.WaitGroup
	var mutex sync.Mutex
	var all Visits
	for _, page := range pages {
		visitors.Go(func() {
			tick := time.NewTicker(visitEvery)
			defer tick.Stop()
			for {
				err := s.visit(context.WithoutCancel(ctx), page) // one that is on its way is waited for
				mutex.Lock()
				all.Made++
				if err != nil {
					all.Lost = append(all.Lost, time.Now().UTC().Format("15:04:05.000 ")+err.Error())
				}
				mutex.Unlock()
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		})
	}
	return func() Visits {
		stop()
		visitors.Wait()
		return all
	}
}

// visit wants a page, or an API that says that it is healthy: it does so with status 200 whatever it is.
func (s *Stack) visit(ctx context.Context, page string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	res, err := s.Web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("GET %s: %w", page, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", page, res.Status)
	}
	if strings.HasPrefix(page, s.Outputs.APIURL) {
		var health struct {
			Status string `json:"status"`
		}
		if err := json.Unmarshal(body, &health); err != nil || health.Status != "healthy" {
			return fmt.Errorf("GET %s: %s", page, body)
		}
	}
	return nil
}

// The pages that traffic asks for.
func (s *Stack) pages() []string {
	return []string{s.Outputs.APIURL + "/api/monitoring/health", s.Outputs.SiteURL + "/"}
}

// Traffic sends so many requests to each of site and API, a few at a time; whatever they answer is fine.
func (s *Stack) Traffic(ctx context.Context, requests int, pages ...string) error {
	if len(pages) == 0 {
		pages = s.pages()
	}
	const atOnce = 2 // more would wait for each other on a small machine, and count as slow answers
	work, ended := make(chan string), make(chan error, atOnce)
	for range atOnce {
		go func() {
			for page := range work {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
				if err != nil {
					continue
				}
				if res, err := s.Web.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			}
			ended <- ctx.Err()
		}()
	}
	for range requests {
		for _, page := range pages {
			work <- page
		}
	}
	close(work)
	var err error
	for range atOnce {
		err = <-ended
	}
	return err
}
