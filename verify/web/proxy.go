package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// proxyRejectionError is what a proxy answers in place of the host: to CONNECT, of which the transport would keep only
// the text of the status, or to a plain request.
type proxyRejectionError struct {
	proxy, status string
	kind, details string // by the header Proxy-Status; empty where the proxy sends none
}

func (p *proxyRejectionError) Error() string {
	said := fmt.Sprintf("the proxy %s answers %s", p.proxy, p.status)
	if p.details == "" || strings.Contains(p.status, p.details) {
		return said
	}
	return said + ": " + p.details
}

// explain is the kind of fault, and what to do next. The types of errors are RFC 9209's
// (https://www.rfc-editor.org/rfc/rfc9209#section-2.3).
func (p *proxyRejectionError) explain(host string) (kind, next string) {
	switch p.kind {
	case "dns_error", "dns_timeout", "destination_not_found":
		return host + " does not resolve: " + p.Error(), nextDNS
	case "destination_ip_unroutable", "destination_unavailable", "connection_refused", "connection_timeout":
		return host + " cannot be reached: " + p.Error(), nextAddress
	}
	return p.Error() + " for " + host, nextProxy
}

// rejectedByProxy is for the transport, and looks at answers to CONNECT.
func rejectedByProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	_, kind, details := proxyStatus(answer.Header)
	return &proxyRejectionError{proxy.Host, answer.Status, kind, details}
}

// insteadOfHost is the error of a proxy that answered a plain request itself, and says so.
func insteadOfHost(answer *http.Response) error {
	if proxy, kind, details := proxyStatus(answer.Header); kind != "" && answer.StatusCode >= http.StatusInternalServerError {
		return &proxyRejectionError{proxy, answer.Status, kind, details}
	}
	return nil
}

// proxyStatus is the error that the header Proxy-Status tells of, with who tells it; kind is empty where it tells of none.
func proxyStatus(header http.Header) (proxy, kind, details string) {
	for _, member := range splitUnquoted(strings.Join(header.Values("Proxy-Status"), ","), ',') {
		parameters := splitUnquoted(member, ';')
		found := map[string]string{}
		for _, parameter := range parameters[1:] {
			key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			found[key] = unquoted(value)
		}
		if found["error"] != "" {
			proxy, kind, details = unquoted(strings.TrimSpace(parameters[0])), found["error"], found["details"]
		}
	}
	return proxy, kind, details
}

// splitUnquoted cuts at a separator, but not in a quoted string.
func splitUnquoted(text string, at byte) []string {
	var parts []string
	begin, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == at && !quoted:
			parts, begin = append(parts, text[begin:i]), i+1
		}
	}
	return append(parts, text[begin:])
}

func unquoted(text string) string {
	inner, begins := strings.CutPrefix(text, `"`)
	inner, ends := strings.CutSuffix(inner, `"`)
	if !begins || !ends {
		return text
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inner)
}
