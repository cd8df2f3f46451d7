package probe

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestProbes(t *testing.T) {
	var problem error
	server, err := Listen("127.0.0.1:0", Handler(func() error { return problem }))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	get := func() (int, string) {
		response, err := http.Get("http://" + server.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	if status, text := get(); status != 200 || text != "ok\n" {
		t.Errorf("%d %q", status, text)
	}
	problem = errors.New("br0 is down")
	if status, text := get(); status != 503 || text != "br0 is down\n" {
		t.Errorf("%d %q", status, text)
	}
	if _, err := Listen(server.Address(), nil); err == nil || !strings.Contains(err.Error(), "give another --listen") {
		t.Errorf("a port that is taken: %v", err)
	}
}
