package routefix

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/statefile"
)

// Its first repair writes down what an earlier release did not.
func TestRecordsOfAnEarlierRelease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	path := h.records(t)[0]
	record, err := readRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	was := record.Port
	record.Version, record.Port = 1, port{}
	if err := statefile.Write(path, record); err != nil {
		t.Fatal(err)
	}
	if outcome := h.repair(t); outcome.Err != nil || len(outcome.Repaired) > 0 {
		t.Errorf("outcome %+v", outcome)
	}
	record, err = readRecord(path)
	if err != nil || record.Version != recordVersion || was.Name == "" || fmt.Sprint(record.Port) != fmt.Sprint(was) {
		t.Errorf("the record says %+v of %+v, %v", record, was, err)
	}
}

// A release that is rolled back leaves records that the one before it cannot read. They are not damaged.
func TestRecordsOfALaterRelease(t *testing.T) {
	h := newHouse(t)
	h.must(t, "ADD", h.chain("1.0.0", nil))
	path := h.records(t)[0]
	later := []byte(`{"version":3,"conf":"elsewhere"}`)
	if err := os.WriteFile(path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	var newer *NewerError
	for range 2 {
		if outcome := h.repair(t); !errors.As(outcome.Err, &newer) || newer.Version != 3 {
			t.Errorf("outcome %+v", outcome)
		}
	}
	if _, err := Moved(h.state, "layer2-bridge", "sandbox-1", "net1", netip.Prefix{}, nil); !errors.As(err, &newer) {
		t.Errorf("a lease that moves: %v", err)
	}
	wantError(t, newer, path, "make the pod anew, or go back to that release")
	if text, err := os.ReadFile(path); err != nil || string(text) != string(later) {
		t.Errorf("the record is %s, %v", text, err)
	}
	h.must(t, "DEL", onlyFix(h.chain("1.0.0", nil)))
	if tables := h.tables(t); strings.Contains(tables, "proto 98") || len(h.records(t)) != 0 {
		t.Errorf("left are %v and\n%s", h.records(t), tables)
	}
}
