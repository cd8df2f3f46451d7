package link

import (
	"errors"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// An interface that looks gone may be a living one that its pod has hidden: its port closes all the same.
func TestWithdrawFromAnInterfaceThatIsGone(t *testing.T) {
	var told []client.Terms
	gone := &Pod{Netns: filepath.Join(t.TempDir(), "none"), Name: "net1", Moved: func(terms client.Terms) error {
		told = append(told, terms)
		return nil
	}}
	err := gone.Withdraw(client.Terms{Address: netip.MustParsePrefix("192.168.2.77/24")})
	if !errors.Is(err, client.ErrGone) {
		t.Errorf("the error is %v", err)
	}
	if len(told) != 1 || told[0].Address.IsValid() {
		t.Errorf("route-fix was told %+v", told)
	}
}
