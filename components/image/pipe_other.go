//go:build !unix

package image

import "errors"

// makePipe refuses: this system has no named pipes among its files.
func makePipe(string) error { return errors.ErrUnsupported }
