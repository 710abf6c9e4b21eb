package maporder

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

func TestAnalyzer_NamesEachKind(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), Analyzer, "example")
}
