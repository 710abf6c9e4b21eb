package slo

import (
	"fmt"
	"strconv"
	"strings"
	"text/scanner"
)

// math evaluates the part of CloudWatch metric math that the rows use, for one
// period at a time. It follows the documented meaning: of two series, one that
// has no data point counts as 0 where the other has one; FILL puts a value
// there, and dividing by zero gives no data point. TestMath_TablesOfAWS holds
// it to AWS's own examples. It is not CloudWatch: where the two differ,
// CloudWatch is right.
type math struct {
	scan  scanner.Scanner
	token rune
	data  map[string]value
}

// value is a series' data point, or none; or a number, which always is.
type value struct {
	v      float64
	ok     bool
	number bool
}

// some is the data point of a series.
func some(v float64) value { return value{v: v, ok: true} }

// evaluate panics on an expression it does not understand: a row must not use
// what the tests cannot follow.
func evaluate(expression string, data map[string]value) value {
	m := &math{data: data}
	m.scan.Init(strings.NewReader(expression))
	m.next()
	out := m.either()
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

func (m *math) either() value {
	left := m.both()
	for m.token == scanner.Ident && m.scan.TokenText() == "OR" {
		m.next()
		left = combine(left, m.both(), func(a, b float64) value { return truth(a != 0 || b != 0) })
	}
	return left
}

func (m *math) both() value {
	left := m.comparison()
	for m.token == scanner.Ident && m.scan.TokenText() == "AND" {
		m.next()
		left = combine(left, m.comparison(), func(a, b float64) value { return truth(a != 0 && b != 0) })
	}
	return left
}

func (m *math) comparison() value {
	left := m.sum()
	operator := m.token
	if operator != '>' && operator != '<' {
		return left
	}
	m.next()
	orEqual := m.token == '='
	if orEqual {
		m.next()
	}
	return combine(left, m.sum(), func(a, b float64) value {
		return truth(operator == '>' && a > b || operator == '<' && a < b || orEqual && a == b)
	})
}

func truth(is bool) value {
	if is {
		return some(1)
	}
	return some(0)
}

func (m *math) sum() value {
	left := m.product()
	for m.token == '+' || m.token == '-' {
		sign := 1.0
		if m.token == '-' {
			sign = -1
		}
		m.next()
		left = combine(left, m.product(), func(a, b float64) value { return some(a + sign*b) })
	}
	return left
}

func (m *math) product() value {
	left := m.factor()
	for m.token == '*' || m.token == '/' {
		operator := m.token
		m.next()
		left = combine(left, m.factor(), func(a, b float64) value {
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
		return value{v: v, ok: true, number: true}
	case '(':
		m.next()
		inner := m.either()
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
		return some(args[1].v) // 0 where there is none
	case name == "IF" && len(args) == 3:
		return value{v: args[2].v, ok: args[2].ok}
	case name == "FILL" && len(args) == 2 && args[0].ok:
		return args[0]
	case name == "FILL" && len(args) == 2:
		return some(args[1].v)
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
	args := []value{m.either()}
	for m.token == ',' {
		m.next()
		args = append(args, m.either())
	}
	if list {
		m.take(']')
	}
	m.take(')')
	return args
}

// largest leaves out what is missing.
func largest(args []value) value {
	var out value
	for _, a := range args {
		if a.ok && (!out.ok || a.v > out.v) {
			out = some(a.v)
		}
	}
	return out
}

func combine(a, b value, f func(a, b float64) value) value {
	switch {
	case !a.ok && (!b.ok || b.number), !b.ok && a.number:
		return value{}
	}
	out := f(a.v, b.v)
	out.number = a.number && b.number
	return out
}
