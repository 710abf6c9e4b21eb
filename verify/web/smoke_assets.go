package web

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// factAssets is the length of the smoke user's asset list in reports.
const factAssets = "assets.total"

// Assets checks that /api/assets lists the smoke user's assets, each with id and name. An empty list fails if the
// baseline says that there were some. Without a baseline an empty list is not enough data: nothing tells a new stack
// from one that lost its data.
//
//runbook:5.2#5 wants the assets that were there before the release.
//runbook:rollback.when#2 fails when data that was there is gone; what to do then is for a person to decide.
func Assets(s *Session, before check.Baseline, interval time.Duration) check.Check {
	return check.Check{Group: "smoke", Name: "assets", Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			body := assetList{}
			p, err := s.read(ctx, "/api/assets", &body)
			if err != nil {
				return "", err
			}
			if err := wrongBody(p, body.wrong()); err != nil {
				return "", err
			}
			check.Fact(ctx, factAssets, *body.Total)
			return before.Compare(factAssets, "", *body.Total, "asset"), evaluateEmpty(p, "the asset list", factAssets, *body.Total, before)
		})
	}}
}

type assetList struct {
	Items []struct {
		ID   any    `json:"id"`
		Name string `json:"name"`
	} `json:"items"`
	Total *float64 `json:"total"`
}

func (l assetList) wrong() []string {
	var wrong []string
	if l.Items == nil {
		wrong = append(wrong, "items is missing")
	}
	switch {
	case l.Total == nil:
		wrong = append(wrong, "total is missing")
	case *l.Total < float64(len(l.Items)):
		wrong = append(wrong, fmt.Sprintf("total is %g for %s", *l.Total, text.Count(len(l.Items), "item")))
	case *l.Total > 0 && len(l.Items) == 0:
		wrong = append(wrong, fmt.Sprintf("total is %g, but items is empty", *l.Total))
	}
	for i, item := range l.Items {
		if empty(item.ID) || item.Name == "" {
			wrong = append(wrong, fmt.Sprintf("items[%d] lacks id or name", i))
			break // one tells enough
		}
	}
	return wrong
}

// evaluateEmpty evaluates a count that may be zero only on a new stack.
func evaluateEmpty(p page, what, fact string, n float64, before check.Baseline) error {
	was, known := before.Fact(fact)
	switch {
	case n > 0 || known && was == 0:
		return nil
	case known:
		return poll.Permanent(&check.Failure{
			Cause: fmt.Sprintf("%s: %s is empty; it held %g on %s", p.what, what, was, before.When()),
			Next:  "stop writes, find out whether the rows are gone or not shown (runbook 3.3), and restore from the snapshot before the release if they are gone",
		})
	default:
		return poll.Permanent(check.NoData(&check.Failure{
			Cause: fmt.Sprintf("%s: %s is empty, and there is no earlier report that says whether it was before", p.what, what),
			Next:  "right on a new stack; else compare with a report from before the release: verify --before report.json",
		}))
	}
}
