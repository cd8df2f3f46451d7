package kubetest

import (
	"testing"

	"github.com/flatlan/flatlan/cni/internal/kube"
)

func TestAServerWithAccounts(t *testing.T) {
	server := Start(t)
	account := server.ServiceAccount(t, "flatlan-system", "reader", Rule("", "namespaces", "get"))
	client, err := kube.New(account)
	must(t, err)
	must(t, client.Get(t.Context(), "/api/v1/namespaces/default", nil, nil))
	if err := client.Get(t.Context(), "/api/v1/pods", nil, nil); kube.Code(err) != 403 {
		t.Errorf("a right that the account has not: %v", err)
	}
	server.Delete(t, "/api/v1/namespaces/flatlan-system/serviceaccounts/reader")
}
