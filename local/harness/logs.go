package harness

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Logged waits until a service's log has as many lines that contain a text: the log driver sends them in batches.
func (s *Stack) Logged(ctx context.Context, role, text string, lines int) error {
	service, err := s.service(role)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reportedWithin)
	defer cancel()
	logs := cloudwatchlogs.NewFromConfig(s.AWS)
	pattern := fmt.Sprintf("%q", text)
	return Until(ctx, fmt.Sprintf("%s does not have %d lines of %q", service.LogGroup, lines, text), func(ctx context.Context) (bool, error) {
		found := 0
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &service.LogGroup, FilterPattern: &pattern})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return false, err
			}
			found += len(page.Events)
		}
		return found >= lines, nil
	})
}
