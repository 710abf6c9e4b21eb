package slo

import (
	"fmt"
	"strconv"
	"strings"
	"text/scanner"
)

// math evaluates the part of CloudWatch metric math that the rows use, for one
// period at a time. It follows the documented meaning: a period without a data
// point gives none in arithmetic, FILL puts a value there, and dividing by zero
// gives no data point. It is not CloudWatch: where the two differ, CloudWatch
// is right.
type math struct {
	scan  scanner.Scanner
	token rune
	data  map[string]value
}

// value is a data point, or none.
type value struct {
	v  float64
	ok bool
}

func some(v float64) value { return value{v, true} }

// evaluate panics on an expression it does not understand: a row must not use
// what the tests cannot follow.
func evaluate(expression string, data map[string]value) value {
	m := &math{data: data}
	m.scan.Init(strings.NewReader(expression))
	m.next()
	out := m.comparison()
	if m.token != scanner.EOF {
		panic(fmt.Sprintf("%s: %q unexpected", expression, m.scan.TokenText()))
	}
	return out
}

func (m *math) next() { m.token = m.scan.Scan() }

func (m *math) take(want rune) {
	if m.token != want {
		panic(fmt.Sprintf("%q where %q was expected", m.scan.TokenText(), want))
	}
	m.next()
}

func (m *math) comparison() value {
	left := m.sum()
	if m.token != '>' {
		return left
	}
	m.next()
	return both(left, m.sum(), func(a, b float64) value {
		if a > b {
			return some(1)
		}
		return some(0)
	})
}

func (m *math) sum() value {
	left := m.product()
	for m.token == '+' || m.token == '-' {
		sign := 1.0
		if m.token == '-' {
			sign = -1
		}
		m.next()
		left = both(left, m.product(), func(a, b float64) value { return some(a + sign*b) })
	}
	return left
}

func (m *math) product() value {
	left := m.factor()
	for m.token == '*' || m.token == '/' {
		operator := m.token
		m.next()
		left = both(left, m.factor(), func(a, b float64) value {
			switch {
			case operator == '*':
				return some(a * b)
			case b == 0:
				return value{}
			default:
				return some(a / b)
			}
		})
	}
	return left
}

func (m *math) factor() value {
	text := m.scan.TokenText()
	switch m.token {
	case scanner.Int, scanner.Float:
		m.next()
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		return some(v)
	case '(':
		m.next()
		inner := m.comparison()
		m.take(')')
		return inner
	case scanner.Ident:
		m.next()
		if m.token == '(' {
			return m.call(text)
		}
		point, known := m.data[text]
		if !known {
			panic(fmt.Sprintf("series %q is not given", text))
		}
		return point
	}
	panic(fmt.Sprintf("%q unexpected", text))
}

func (m *math) call(name string) value {
	args := m.arguments()
	switch {
	case name == "IF" && len(args) == 3 && !args[0].ok:
		return value{}
	case name == "IF" && len(args) == 3 && args[0].v != 0:
		return args[1]
	case name == "IF" && len(args) == 3:
		return args[2]
	case name == "FILL" && len(args) == 2 && args[0].ok:
		return args[0]
	case name == "FILL" && len(args) == 2:
		return args[1]
	case name == "MAX" && len(args) > 0:
		return largest(args)
	}
	panic(fmt.Sprintf("function %s with %d arguments is not known", name, len(args)))
}

// arguments reads (a, b) and ([a, b]) alike.
func (m *math) arguments() []value {
	m.take('(')
	list := m.token == '['
	if list {
		m.next()
	}
	args := []value{m.comparison()}
	for m.token == ',' {
		m.next()
		args = append(args, m.comparison())
	}
	if list {
		m.take(']')
	}
	m.take(')')
	return args
}

func largest(args []value) value {
	out := args[0]
	for _, a := range args[1:] {
		out = both(out, a, func(x, y float64) value { return some(max(x, y)) })
	}
	return out
}

func both(a, b value, f func(a, b float64) value) value {
	if !a.ok || !b.ok {
		return value{}
	}
	return f(a.v, b.v)
}
