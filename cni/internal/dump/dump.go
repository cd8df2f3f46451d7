// Package dump reads complete lists from the kernel.
package dump

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// attempts is how often a list is read: something that changes during each of them changes without end.
const attempts = 20

// Whole repeats a netlink dump that a change interrupted (NLM_F_DUMP_INTR: entries may be missing or there twice) or a
// signal did. Half a list would make its reader add what is there or miss what is not, so in the end it is an error.
func Whole[T any](list func() (T, error)) (T, error) {
	var err error
	for range attempts {
		var all T
		all, err = list()
		if !errors.Is(err, netlink.ErrDumpInterrupted) && !errors.Is(err, unix.EINTR) {
			return all, err
		}
	}
	var none T
	return none, fmt.Errorf("the kernel's list changed during each of %d readings: %w", attempts, err)
}
