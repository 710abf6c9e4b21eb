package firewall_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/firewall"
)

// These tests prove the arithmetic against a model of both counters, to the millisecond. They do not prove that WAF
// counts to the millisecond: it estimates, and acts within half a minute or so.

func TestFence(t *testing.T) {
	for name, row := range map[string]struct {
		limit firewall.Limit
		want  firewall.Rate
	}{
		"runbook, 100 in 15 minutes": {firewall.Limit{Max: 100, WindowMS: 900_000}, firewall.Rate{Limit: 200, WindowSeconds: 600}},
		"10 minutes":                 {firewall.Limit{Max: 100, WindowMS: 600_000}, firewall.Rate{Limit: 200, WindowSeconds: 600}},
		"just below 10 minutes":      {firewall.Limit{Max: 100, WindowMS: 599_999}, firewall.Rate{Limit: 200, WindowSeconds: 300}},
		"5 minutes":                  {firewall.Limit{Max: 50, WindowMS: 300_000}, firewall.Rate{Limit: 100, WindowSeconds: 300}},
		"2 minutes":                  {firewall.Limit{Max: 50, WindowMS: 120_000}, firewall.Rate{Limit: 100, WindowSeconds: 120}},
		"a minute":                   {firewall.Limit{Max: 50, WindowMS: 60_000}, firewall.Rate{Limit: 100, WindowSeconds: 60}},
		"half a minute":              {firewall.Limit{Max: 50, WindowMS: 30_000}, firewall.Rate{Limit: 150, WindowSeconds: 60}},
		"7 seconds":                  {firewall.Limit{Max: 10, WindowMS: 7_000}, firewall.Rate{Limit: 100, WindowSeconds: 60}},
		"a second":                   {firewall.Limit{Max: 10, WindowMS: 1_000}, firewall.Rate{Limit: 610, WindowSeconds: 60}},
		"below WAF's least":          {firewall.Limit{Max: 1, WindowMS: 900_000}, firewall.Rate{Limit: 10, WindowSeconds: 600}},
		"a day":                      {firewall.Limit{Max: 1000, WindowMS: 86_400_000}, firewall.Rate{Limit: 2000, WindowSeconds: 600}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, row.limit.Validate())
			assert.Equal(t, row.want, firewall.Fence(row.limit))
		})
	}
}

// Whoever the application never answers with 429 is never blocked, and one request more could be an abuser's: where
// WAF's own minimum does not decide, the limit is reached by somebody honest.
func TestFence_IsNeverStricterThanTheApplication(t *testing.T) {
	for seed := range int64(300) {
		dice := rand.New(rand.NewSource(seed))
		limit := firewall.Limit{Max: 1 + dice.Intn(40), WindowMS: 1000 * (1 + dice.Intn([]int{20, 100, 1000}[dice.Intn(3)]))}
		fence := firewall.Fence(limit)
		peak := 0
		for range 20 {
			peak = max(peak, busiest(honest(dice, limit), fence.WindowSeconds*1000))
		}
		require.LessOrEqual(t, peak, fence.Limit, "seed %d: %+v behind %+v blocks an address that the application serves", seed, limit, fence)
		greedy := busiest(edges(limit), fence.WindowSeconds*1000)
		require.LessOrEqual(t, greedy, fence.Limit, "seed %d: %+v behind %+v", seed, limit, fence)
		if fence.Limit > 10 {
			require.GreaterOrEqual(t, greedy, fence.Limit, "seed %d: %+v behind %+v is looser than needed", seed, limit, fence)
		}
	}
}

// honest are the times, in ascending milliseconds, at which a client's requests were accepted by a limiter that counts
// in fixed windows. The client tries at random, in bursts, and at the windows' edges.
func honest(dice *rand.Rand, limit firewall.Limit) []int {
	var accepted []int
	window, used := -1, 0
	for at := dice.Intn(limit.WindowMS); len(accepted) < 6*limit.Max; {
		if now := at / limit.WindowMS; now != window {
			window, used = now, 0
		}
		if used < limit.Max {
			accepted, used = append(accepted, at), used+1
		} else {
			at = (window + 1) * limit.WindowMS
			continue
		}
		switch dice.Intn(3) {
		case 0: // a burst
		case 1:
			at += dice.Intn(1 + limit.WindowMS/limit.Max)
		case 2: // waits for the end of the window
			at = max(at, (window+1)*limit.WindowMS-1-dice.Intn(5))
		}
	}
	return accepted
}

// edges is the greediest honest client: all it may at the end of one window and then at the start of every next.
func edges(limit firewall.Limit) []int {
	var accepted []int
	for window := range 64 {
		at := window * limit.WindowMS
		if window == 0 {
			at = limit.WindowMS - 1
		}
		for range limit.Max {
			accepted = append(accepted, at)
		}
	}
	return accepted
}

// busiest is the largest number of requests in any window that slides.
func busiest(times []int, windowMS int) int {
	most, first := 0, 0
	for last, at := range times {
		for times[first] <= at-windowMS {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func TestParseLimit(t *testing.T) {
	limit, err := firewall.ParseLimit(map[string]string{"RATE_LIMIT_MAX": "100", "RATE_LIMIT_WINDOW_MS": "900000", "PORT": "3001"})
	require.NoError(t, err)
	assert.Equal(t, firewall.Limit{Max: 100, WindowMS: 900_000}, limit)
	for name, row := range map[string]struct{ max, window, want string }{
		"missing":    {"", "900000", `RATE_LIMIT_MAX: "" is not a whole number`},
		"text":       {"100", "15m", `RATE_LIMIT_WINDOW_MS: "15m" is not a whole number`},
		"none":       {"0", "900000", "max: 0 is out of range"},
		"seconds":    {"100", "900", "windowMs: 900 is out of range"},
		"huge":       {"1000001", "900000", "max: 1000001 is out of range"},
		"both wrong": {"x", "y", `RATE_LIMIT_WINDOW_MS: "y" is not a whole number`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := firewall.ParseLimit(map[string]string{"RATE_LIMIT_MAX": row.max, "RATE_LIMIT_WINDOW_MS": row.window})
			require.ErrorContains(t, err, row.want, fmt.Sprint(row))
		})
	}
}
