package command

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// awsRequests is how many requests of one verification are under way at AWS at a time. All checks start together, and some eighty
// requests at once is what AWS's control planes answer with ThrottlingException: IAM's and ECS's allow an account some tens in a
// burst, which everybody else in the account shares
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html).
const awsRequests = 8

// inFlight lets as many requests through at a time as its channel holds. The others wait, until their context ends.
type inFlight struct {
	client aws.HTTPClient
	places chan struct{}
}

func newInFlight(client aws.HTTPClient, atOnce int) inFlight {
	return inFlight{client: client, places: make(chan struct{}, atOnce)}
}

// Do sends the request once there is a place. The place is free again when the answer begins: AWS has done its work then.
func (l inFlight) Do(request *http.Request) (*http.Response, error) {
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
		return l.client.Do(request)
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}
