// Package metrics writes Prometheus' text format (version 0.0.4). Prometheus' own library was measured and rejected:
// the agent would need 5 MiB more memory, and its program would be 2.8 MiB larger.
package metrics

import (
	"fmt"
	"strconv"
	"strings"
)

// ContentType of what a Writer writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Kinds of metrics.
const (
	Counter = "counter"
	Gauge   = "gauge"
)

// A Writer collects one answer. Samples of a family stand together, after its first line.
type Writer struct{ text strings.Builder }

func (w *Writer) String() string { return w.text.String() }

// Family begins a metric.
func (w *Writer) Family(name, kind, help string) {
	fmt.Fprintf(&w.text, "# HELP %s %s\n# TYPE %s %s\n", name, escape(help), name, kind)
}

// Sample is one value; labels are names and values in turn.
func (w *Writer) Sample(name string, value float64, labels ...string) {
	w.text.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		w.text.WriteByte(",{"[b2i(i == 0)])
		fmt.Fprintf(&w.text, `%s="%s"`, labels[i], strings.ReplaceAll(escape(labels[i+1]), `"`, `\"`))
	}
	if len(labels) > 1 {
		w.text.WriteByte('}')
	}
	w.text.WriteString(" " + number(value) + "\n")
}

// Single is a family of one sample.
func (w *Writer) Single(name, kind, help string, value float64, labels ...string) {
	w.Family(name, kind, help)
	w.Sample(name, value, labels...)
}

// Histogram is a family of one histogram; counts[i] is of all that are at most bounds[i].
func (w *Writer) Histogram(name, help string, bounds []float64, counts []uint64, count uint64, sum float64) {
	w.Family(name, "histogram", help)
	for i, bound := range bounds {
		w.Sample(name+"_bucket", float64(counts[i]), "le", number(bound))
	}
	w.Sample(name+"_bucket", float64(count), "le", "+Inf")
	w.Sample(name+"_sum", sum)
	w.Sample(name+"_count", float64(count))
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "�"))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
