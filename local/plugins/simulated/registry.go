package simulated

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// getImage asks ECR which image a repository holds under a tag.
const getImage = "aws:ecr/getImage:getImage"

// errNoImage is how terraform-provider-aws 5.100.0 says that there is none.
var errNoImage = errors.New("reading ECR Images: couldn't find resource")

// registry is the file with what was pushed, a line an image: its name and its digest. One plugin pushes and another one is
// asked; and the next attempt finds what the one before has pushed.
type registry string

// push writes down an image, <host>/<repository>:<tag>, and where it is by digest, <repository>@<digest>.
func (r registry) push(name, reference string) error {
	file, err := os.OpenFile(string(r), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("simulated registry: %w", err)
	}
	_, digest, _ := strings.Cut(reference, "@")
	_, err = fmt.Fprintf(file, "%s %s\n", name, digest)
	return errors.Join(err, file.Close())
}

// find is the digest of an image, or errNoImage.
func (r registry) find(repository, tag string) (string, error) {
	file, err := os.Open(string(r))
	if errors.Is(err, fs.ErrNotExist) {
		return "", errNoImage
	}
	if err != nil {
		return "", fmt.Errorf("simulated registry: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, digest, _ := strings.Cut(lines.Text(), " ")
		if _, path, _ := strings.Cut(name, "/"); path == repository+":"+tag {
			return digest, nil
		}
	}
	return "", errNoImage
}
