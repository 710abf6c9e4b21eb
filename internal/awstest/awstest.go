// Package awstest lets tests play AWS for the real SDK: a server of theirs reads what is called and answers it. It does
// not prove that AWS answers that way.
package awstest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// SecretKey is that of the credentials, which no output may show.
const SecretKey = "this-must-never-be-printed"

// PointSDK makes the SDK ask at the address, with credentials that mean nothing.
func PointSDK(t *testing.T, address string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            address,
		"AWS_ACCESS_KEY_ID":           "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":       SecretKey,
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             filepath.Join(t.TempDir(), "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "credentials"),
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_MAX_ATTEMPTS":            "1", // the SDK's pauses between tries are its own affair
	} {
		t.Setenv(name, value)
	}
}

// Call is one that the SDK made.
type Call struct {
	Action string // such as DescribeServices; the path for SES, which has no actions
	Body   string
	JSON   bool // else the query protocol, answered in XML
}

// Read reads a call: JSON by the header X-Amz-Target, the query protocol by its
// Action, and SES by its paths.
func Read(r *http.Request) Call {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
	call := Call{Body: string(body)}
	_, call.Action, call.JSON = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if form, err := url.ParseQuery(call.Body); !call.JSON && err == nil {
		call.Action = form.Get("Action")
	}
	if strings.HasPrefix(r.URL.Path, "/v2/email/") {
		call.Action, call.JSON = r.URL.Path, true
	}
	return call
}

// Answer writes the result: the whole answer in JSON, or what is inside the query
// protocol's envelope.
func (c Call) Answer(w http.ResponseWriter, result string) {
	if c.JSON {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, result)
		return
	}
	_, _ = fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", c.Action, result)
}

// Refuse answers with an error's code.
func (c Call) Refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	if c.JSON {
		_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"The security token included in the request is expired"}`, code)
		return
	}
	_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>expired</Message></Error></ErrorResponse>`, code)
}
