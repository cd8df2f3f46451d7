package netlab

import (
	"testing"
	"time"
)

// Eventually asks until condition says nil, for bound at most, and fails the test with the last answer.
func Eventually(t testing.TB, bound time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(bound)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v: %v", what, bound, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
