package dates

// leftOut are the packages whose tests keep the machine's clock, with the reason.
var leftOut = map[string]string{}

// leftOutOfPython are the emulator's test modules that keep the machine's clock, with the reason.
var leftOutOfPython = map[string]string{}
