// Package pattern holds the forms of text that the configuration of several components has.
package pattern

import "regexp"

const (
	clock   = `([01][0-9]|2[0-3]):[0-5][0-9]`
	weekday = `(mon|tue|wed|thu|fri|sat|sun)`
)

var (
	// Domain is a full domain name in lower case, without a dot at the end.
	Domain = regexp.MustCompile(`([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`)
	// DailyWindow is a time of each day, hh:mm-hh:mm.
	DailyWindow = regexp.MustCompile(clock + `-` + clock)
	// WeeklyWindow is a time of each week, ddd:hh:mm-ddd:hh:mm.
	WeeklyWindow = regexp.MustCompile(weekday + `:` + clock + `-` + weekday + `:` + clock)
	// Key is a name in lower case letters, digits and hyphens, such as a role or a mailbox.
	Key = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)
)
