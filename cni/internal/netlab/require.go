package netlab

import (
	"os"
	"testing"

	"github.com/flatlan/flatlan/cni/internal/testenv"
)

// RequireRoot skips a test that cannot make namespaces here; New asks it by itself.
func RequireRoot(t testing.TB) {
	t.Helper()
	testenv.Root(t)
	if os.Getenv(innerMark) == "" {
		testenv.Missing(t, "no namespaces to test in: TestMain must call netlab.Main, and this system must let root unshare "+
			"mounts, processes and network (CAP_SYS_ADMIN)")
	}
}
