// Package ca is the throwaway certificate authority (CA) of one run folder. Its key is in memory only and ends
// with the process; whoever is to trust it is told so by a file.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// CA issues certificates for what stands in for AWS's own and for ACM's.
type CA struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	folder      string
}

// lifetime is how long the CA is valid; a run folder seldom lives for a day.
const lifetime = 90 * 24 * time.Hour

// early is how far certificates reach into the past, for clocks that are behind.
const early = time.Hour

// New makes a CA and writes ca.pem, and bundle.pem with the machine's own roots beside it, into the folder.
func New(folder string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "FlowComply throwaway authority of one run"},
		NotBefore: now.Add(-early), NotAfter: now.Add(lifetime), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &CA{certificate: certificate, key: key, folder: folder}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	own := encode("CERTIFICATE", der)
	return a, errors.Join(
		os.WriteFile(a.File(), own, 0o644),
		os.WriteFile(Bundle(folder), append(systemRoots(), own...), 0o644),
	)
}

// File is the CA's certificate, in PEM.
func (a *CA) File() string { return filepath.Join(a.folder, "ca.pem") }

// Bundle is the file that SSL_CERT_FILE is to name: the machine's roots and the folder's CA.
func Bundle(folder string) string { return filepath.Join(folder, "bundle.pem") }

// Pool trusts this CA alone.
func (a *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Validity is when a certificate is valid. Zero times mean the CA's own.
type Validity struct{ From, Until time.Time }

// Issue makes a certificate for exactly these names.
func (a *CA) Issue(names []string, when Validity) (tls.Certificate, error) {
	if len(names) == 0 {
		return tls.Certificate{}, errors.New("a certificate for no name at all")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	if when.From.IsZero() {
		when.From = a.certificate.NotBefore
	}
	if when.Until.IsZero() {
		when.Until = a.certificate.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: when.From, NotAfter: when.Until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate for %s: %w", names[0], err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// Files are a certificate and its key in PEM.
func Files(issued tls.Certificate) (certificate, key []byte, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	return encode("CERTIFICATE", issued.Certificate[0]), encode("PRIVATE KEY", der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func serial() *big.Int {
	number, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // rand.Reader never fails
	return number.Add(number, big.NewInt(1))
}

// systemRoots are the machine's own roots, from where Linux distributions keep them or SSL_CERT_FILE says; nothing
// where there are none. They stay trusted, so that a shell with the bundle in its environment can do all it could.
func systemRoots() []byte {
	for _, file := range []string{
		os.Getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
	} {
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			if text[len(text)-1] != '\n' {
				text = append(text, '\n')
			}
			return text
		}
	}
	return nil
}
