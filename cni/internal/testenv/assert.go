package testenv

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// Must fails the test at an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Fails expects an error that contains all of this.
func Fails(t testing.TB, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// Read gives the text of a file.
func Read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	Must(t, err)
	return string(text)
}

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

// Within is Eventually for a condition that has no more to say than no.
func Within(t testing.TB, bound time.Duration, what string, condition func() bool) {
	t.Helper()
	Eventually(t, bound, what, func() error {
		if !condition() {
			return fmt.Errorf("it is not so yet")
		}
		return nil
	})
}

// Started runs what ends with its context, and answers how to end it: without an error, and within bound.
func Started(t testing.TB, bound time.Duration, run func(context.Context) error) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case err := <-done:
			Must(t, err)
		case <-time.After(bound):
			t.Fatal("it does not end")
		}
	}
}
