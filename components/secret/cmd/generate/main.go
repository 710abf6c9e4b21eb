// Command generate writes one new random value to standard output, and nothing else: the deployment keeps what it reads
// there as a secret. Errors go to standard error.
//
//	go run ./components/secret/cmd/generate -bytes 32
//
// Exit codes: 0 written, 1 not written, 2 called wrongly.
package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// The characters of a value: letters and digits. PostgreSQL and Redis URLs take them as they are, RDS forbids some of
// the others (/ @ " and space), and ElastiCache all but a few that URLs in turn would escape.
const (
	upper    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower    = "abcdefghijklmnopqrstuvwxyz"
	digits   = "0123456789"
	alphabet = upper + lower + digits
)

// The strength of a value in bytes. 16 cannot be guessed; the longest makes 86 characters, of 128 that both services
// take.
const (
	minBytes = 16
	maxBytes = 64
)

func main() { os.Exit(run(os.Args[1:], rand.Reader, os.Stdout, os.Stderr)) }

func run(args []string, random io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	bytes := flags.Int("bytes", 32, fmt.Sprintf("`strength` of the value, %d to %d", minBytes, maxBytes))
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *bytes < minBytes || *bytes > maxBytes || flags.NArg() > 0 {
		fmt.Fprintf(stderr, "generate: want -bytes between %d and %d and no other argument\n", minBytes, maxBytes)
		return 2
	}
	value, err := generate(random, *bytes)
	if err == nil {
		_, err = io.WriteString(stdout, value)
	}
	if err != nil {
		fmt.Fprintf(stderr, "generate: %v\n", err)
		return 1
	}
	return 0
}

// length is how many characters hold that many bytes of randomness.
func length(bytes int) int {
	return int(math.Ceil(float64(bytes) * 8 / math.Log2(float64(len(alphabet)))))
}

// generate draws values until one has a capital, a small letter and a digit, the mix that ElastiCache asks of a token.
// All but a few in a thousand do at once, so hardly any strength is lost.
func generate(random io.Reader, bytes int) (string, error) {
	const patience = 100 // the chance that a sound source gets here is below 10^-200
	for range patience {
		value, err := draw(random, length(bytes))
		if err != nil {
			return "", fmt.Errorf("random source: %w", err)
		}
		if strings.ContainsAny(value, upper) && strings.ContainsAny(value, lower) && strings.ContainsAny(value, digits) {
			return value, nil
		}
	}
	return "", errors.New("random source: repeats itself")
}

// draw picks n characters, each equally likely: bytes beyond the last whole multiple of the alphabet are thrown away,
// because a remainder would favour the first characters.
func draw(random io.Reader, n int) (string, error) {
	const fair = 256 - 256%len(alphabet)
	value := make([]byte, 0, n)
	buffer := make([]byte, 1)
	for len(value) < n {
		if _, err := io.ReadFull(random, buffer); err != nil {
			return "", err
		}
		if int(buffer[0]) < fair {
			value = append(value, alphabet[int(buffer[0])%len(alphabet)])
		}
	}
	return string(value), nil
}
