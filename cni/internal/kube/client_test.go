package kube

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// newServer answers with a server, a client for it, and the folder of the client's account.
func newServer(t *testing.T, handle http.HandlerFunc) (*httptest.Server, *Client, string) {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	folder := t.TempDir()
	write(t, folder, "token", "secret\n")
	write(t, folder, "ca.crt", certificate(server.Certificate()))
	client, err := New(Account{Server: server.URL, ServiceAccount: folder})
	testenv.Must(t, err)
	return server, client, folder
}

func certificate(of *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: of.Raw}))
}

func TestARequestAndItsAnswer(t *testing.T) {
	_, client, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Name string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"said":%q}`, strings.Join([]string{r.Method, r.URL.String(), body.Name,
			r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("Accept")}, " "))
	})
	var answer struct{ Said string }
	testenv.Must(t, client.Do(t.Context(), Request{Method: http.MethodPatch, Path: "/api/v1/x", Query: map[string][]string{"a": {"b c"}},
		Body: map[string]string{"name": "n"}, ContentType: "application/merge-patch+json"}, &answer))
	if want := "PATCH /api/v1/x?a=b+c n Bearer secret application/merge-patch+json application/json"; answer.Said != want {
		t.Errorf("the server saw %q", answer.Said)
	}
}

func TestTheTokenIsReadEachTime(t *testing.T) {
	seen := ""
	_, client, folder := newServer(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("Authorization") })
	for _, token := range []string{"one", "two"} {
		write(t, folder, "token", token)
		testenv.Must(t, client.Get(t.Context(), "/", nil, nil))
		if seen != "Bearer "+token {
			t.Errorf("the server saw %q after the token became %q", seen, token)
		}
	}
}

func TestNewCertificates(t *testing.T) {
	_, client, folder := newServer(t, func(http.ResponseWriter, *http.Request) {})
	right, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	testenv.Must(t, err)
	testenv.Must(t, client.Get(t.Context(), "/", nil, nil))
	write(t, folder, "ca.crt", "no certificate")
	testenv.Fails(t, client.Get(t.Context(), "/", nil, nil), "no certificate in "+folder)
	write(t, folder, "ca.crt", string(right))
	testenv.Must(t, client.Get(t.Context(), "/", nil, nil))
}

func TestAnotherServerIsNotTrusted(t *testing.T) {
	_, client, folder := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the token was given away") })
	// Some certificate of no authority that we know.
	write(t, folder, "ca.crt", newCertificate(t))
	var unknown x509.UnknownAuthorityError
	if err := client.Get(t.Context(), "/", nil, nil); !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

func newCertificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	testenv.Must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	testenv.Must(t, err)
	return certificate(&x509.Certificate{Raw: raw})
}

func TestNoRedirect(t *testing.T) {
	_, client, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	if err := client.Get(t.Context(), "/", nil, nil); Code(err) != http.StatusFound {
		t.Errorf("error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	answer := func(code int, body string) *Client {
		_, client, _ := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		})
		return client
	}
	err := answer(404, `{"kind":"Status","reason":"NotFound","message":"pods \"a\" not found"}`).Get(t.Context(), "/p", nil, nil)
	testenv.Fails(t, err, `GET /p: 404 NotFound: pods "a" not found`)
	if Code(err) != 404 {
		t.Errorf("code %d", Code(err))
	}
	testenv.Fails(t, answer(502, "bad\nday").Get(t.Context(), "/p", nil, nil), "502 Bad Gateway: bad")
	if err := answer(500, strings.Repeat("x", 10_000)).Get(t.Context(), "/p", nil, nil); len(err.Error()) > 300 {
		t.Errorf("an error of %d characters", len(err.Error()))
	}
	var into struct{}
	testenv.Fails(t, answer(200, "<html>").Get(t.Context(), "/p", nil, &into), "not JSON")
	if Code(errors.New("else")) != 0 {
		t.Error("an error that is no refusal has a code")
	}
}

// An answer without an end would take the node's memory.
func TestAnAnswerWithoutAnEnd(t *testing.T) {
	var sent atomic.Int64
	_, client, _ := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat(" ", 1<<20))
		for sent.Load() < 4*longestAnswer {
			n, err := w.Write(block)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	var into struct{}
	testenv.Fails(t, client.Get(t.Context(), "/", nil, &into), "not JSON")
	if got := sent.Load(); got >= 4*longestAnswer {
		t.Errorf("it read %d bytes", got)
	}
}

func TestTheContextEndsARequest(t *testing.T) {
	released := make(chan struct{})
	_, client, _ := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-released:
		}
	})
	defer close(released)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := client.Get(ctx, "/", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestWatch(t *testing.T) {
	answers := []string{
		`{"type":"ADDED","object":{"n":1}}` + "\n" + `{"type":"DELETED","object":{"n":2}}`,
		`{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old"}}`,
		`{"type":"ADDED","obj`,
	}
	_, client, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") != "true" || r.URL.Query().Get("timeoutSeconds") != "60" || r.URL.Query().Get("x") != "y" {
			t.Errorf("asked %s", r.URL)
		}
		fmt.Fprint(w, answers[0])
		answers = answers[1:]
	})
	var seen []string
	watch := func() error {
		return client.Watch(t.Context(), "/w", map[string][]string{"x": {"y"}}, "", time.Minute, func(event Event) error {
			seen = append(seen, event.Type+string(event.Object))
			return nil
		})
	}
	testenv.Must(t, watch())
	if got := strings.Join(seen, " "); got != `ADDED{"n":1} DELETED{"n":2}` {
		t.Errorf("saw %s", got)
	}
	if err := watch(); Code(err) != 410 {
		t.Errorf("an old version: %v", err)
	}
	// A connection that breaks is an end like any other: the caller watches on from where it was.
	testenv.Must(t, watch())
}

// A server that says no more and does not hang up is left, some time after the watch should have ended.
func TestAWatchOfASilentServerEnds(t *testing.T) {
	released := make(chan struct{})
	_, client, _ := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"type":"BOOKMARK","object":{}}`)
		testenv.Must(t, http.NewResponseController(w).Flush())
		select {
		case <-r.Context().Done():
		case <-released:
		}
	})
	defer close(released)
	ctx, cancel := context.WithTimeout(t.Context(), requestTimeout)
	defer cancel()
	seen := 0
	// So short a watch that two seconds are left of the time a request may take.
	err := client.Watch(ctx, "/w", map[string][]string{}, "", 2*time.Second-requestTimeout, func(Event) error { seen++; return nil })
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || seen != 1 {
		t.Errorf("error %v after %d events; the caller's own time is over: %v", err, seen, ctx.Err() != nil)
	}
}

func TestAccounts(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	if got := inClusterServer(); got != "https://[fd00::1]:443" {
		t.Errorf("server %q", got)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	_, err := New(Account{Server: inClusterServer()})
	testenv.Fails(t, err, "run in a cluster or give --server")
	_, err = Account{ServiceAccount: "/none"}.Read()
	testenv.Fails(t, err, "/none/token", "/none/ca.crt", "let the pod mount its token")
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	testenv.Must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
}
