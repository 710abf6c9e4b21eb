// Command now prints the seconds since 1970.
package main

import "time"

func main() { print(time.Now().Unix()) }
