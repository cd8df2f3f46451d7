package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Prometheus' own parser reads what was written, whatever the labels hold.
func TestPrometheusReadsIt(t *testing.T) {
	nasty := "a\"b\\c\nd,}é \xff"
	var w Writer
	w.Family("flatlan_leases", Gauge, "Leases, \\ by\nattachment.")
	w.Sample("flatlan_leases", 3, "attachment", nasty, "result", "ack")
	w.Sample("flatlan_leases", 0, "attachment", "", "result", "nak")
	w.Single("flatlan_lease_cap", Gauge, "Cap.", 32)
	w.Single("flatlan_state_damaged_total", Counter, "Files.", 1e9)
	w.Histogram("flatlan_dhcp_acquire_seconds", "Time.", []float64{0.25, 1}, []uint64{1, 3}, 4, 7.5)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(w.String()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, w.String())
	}
	leases := families["flatlan_leases"]
	if got, want := leases.GetMetric()[0].GetLabel()[0].GetValue(), strings.ToValidUTF8(nasty, "�"); got != want {
		t.Errorf("label %q, want %q", got, want)
	}
	if leases.GetHelp() != "Leases, \\ by\nattachment." || leases.GetMetric()[0].GetGauge().GetValue() != 3 || len(leases.GetMetric()) != 2 {
		t.Errorf("leases %v", leases)
	}
	if got := families["flatlan_state_damaged_total"].GetMetric()[0].GetCounter().GetValue(); got != 1e9 {
		t.Errorf("counter %v", got)
	}
	histogram := families["flatlan_dhcp_acquire_seconds"].GetMetric()[0].GetHistogram()
	if histogram.GetSampleCount() != 4 || histogram.GetSampleSum() != 7.5 || len(histogram.GetBucket()) != 3 ||
		histogram.GetBucket()[0].GetUpperBound() != 0.25 || histogram.GetBucket()[1].GetCumulativeCount() != 3 {
		t.Errorf("histogram %v", histogram)
	}
}
