package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/ca"
)

// caFolder holds what trusts the load balancers' certificates.
func caFolder(run string) string { return filepath.Join(run, "alb") }

// Web is all that makes a program reach the stack's hosts: the proxy that knows them, in both spellings, as some
// programs read one and some the other; and whom to trust beside the machine's own CAs.
func (h Host) Web() []string {
	proxy := fmt.Sprintf("http://127.0.0.1:%d", h.ProxyPort)
	const direct = "127.0.0.1,localhost"
	folder := caFolder(h.Run)
	return []string{
		"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy, "HTTP_PROXY=" + proxy, "http_proxy=" + proxy, "NO_PROXY=" + direct, "no_proxy=" + direct,
		"SSL_CERT_FILE=" + ca.Bundle(folder), "CURL_CA_BUNDLE=" + ca.Bundle(folder), // the latter goes first where it is set
		"NODE_EXTRA_CA_CERTS=" + filepath.Join(folder, "ca.pem"), // Node and Playwright do not look at SSL_CERT_FILE
	}
}

// ForgetWeb takes these variables out of this process, where a shell has them from an earlier `make env`: nothing that
// builds or serves a stack may go through a stack's proxy.
func ForgetWeb(root string) {
	if !strings.HasPrefix(os.Getenv("SSL_CERT_FILE"), filepath.Join(root, ".local")+string(filepath.Separator)) {
		return
	}
	for _, variable := range (Host{}).Web() {
		name, _, _ := strings.Cut(variable, "=")
		_ = os.Unsetenv(name)
	}
}

// Client reaches the stack's hosts as a user's browser does: through the proxy, trusting the run's CA.
func (h Host) Client() (*http.Client, error) {
	trusted, err := os.ReadFile(ca.Bundle(caFolder(h.Run)))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(trusted) {
		return nil, fmt.Errorf("%s: holds no certificate", ca.Bundle(caFolder(h.Run)))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", h.ProxyPort)})
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}, nil
}
