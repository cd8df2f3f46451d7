// Package daemonset tells the end of a pod from the end of its DaemonSet.
package daemonset

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/flatlan/flatlan/cni/internal/kube"
)

// Name is namespace/name.
type Name string

// Check refuses another form.
func (n Name) Check() error {
	if _, _, ok := n.parts(); !ok {
		return fmt.Errorf("--daemonset is %q; give namespace/name", string(n))
	}
	return nil
}

func (n Name) parts() (namespace, name string, ok bool) {
	namespace, name, ok = strings.Cut(string(n), "/")
	return namespace, name, ok && namespace != "" && name != "" && !strings.Contains(name, "/")
}

// A State says whether it is gone for good, and how that is known.
type State struct {
	Gone bool
	Why  string
}

// Ask asks until there is an answer that decides, or the time is over.
//
//	200                  stays
//	200, being deleted   gone
//	404                  gone
//	401, 403 to the end  gone: a release that is uninstalled loses DaemonSet, role and account within the same second
//	no answer            stays
func Ask(ctx context.Context, account kube.Account, name Name) State {
	last := State{Why: "no answer"}
	client, err := kube.New(account)
	if err != nil {
		return State{Why: err.Error()}
	}
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		state, decided := askOnce(ctx, client, name)
		if decided {
			return state
		}
		if ctx.Err() == nil {
			last = state
		}
		select {
		case <-ctx.Done():
			return last
		case <-ticker.C:
		}
	}
}

func askOnce(ctx context.Context, client *kube.Client, of Name) (State, bool) {
	namespace, name, _ := of.parts()
	var found struct {
		Metadata struct {
			DeletionTimestamp string `json:"deletionTimestamp"`
		} `json:"metadata"`
	}
	err := client.Get(ctx, "/apis/apps/v1/namespaces/"+namespace+"/daemonsets/"+name, nil, &found)
	switch code := kube.Code(err); {
	case err == nil && found.Metadata.DeletionTimestamp != "":
		return State{Gone: true, Why: "it is being deleted"}, true
	case err == nil:
		return State{Why: "it is there"}, true
	case code == http.StatusNotFound:
		return State{Gone: true, Why: "it is deleted"}, true
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return State{Gone: true, Why: "the account has no rights any more: " + err.Error()}, false
	default:
		return State{Why: err.Error()}, false
	}
}
