package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// bodyLimit bounds a request's body, in bytes: nothing that this application takes is larger.
const bodyLimit = 1 << 20

// Reply answers with JSON.
func Reply(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the only failure is a caller that is gone
}

// Refuse answers with an error: {"error": why}.
func Refuse(w http.ResponseWriter, status int, why string) {
	Reply(w, status, map[string]string{"error": why})
}

// Read decodes a request's body strictly. It answers for itself, and returns false, if the body is not what it should be.
func Read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && !errors.Is(decoder.Decode(&struct{}{}), io.EOF) {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		Refuse(w, http.StatusBadRequest, "body: "+err.Error())
		return false
	}
	return true
}
