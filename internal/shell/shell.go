// Package shell writes text for a POSIX shell, to be run or to be copied by a person.
package shell

import "strings"

// Quote joins arguments so that a POSIX shell reads each as it is.
func Quote(arguments ...string) string {
	quoted := make([]string, len(arguments))
	for i, argument := range arguments {
		quoted[i] = argument
		if strings.Trim(argument, plain) != "" || argument == "" {
			quoted[i] = "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// plain are the characters that mean nothing to a shell.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
