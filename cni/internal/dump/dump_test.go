package dump

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func TestWholeRepeatsInterruptedDumps(t *testing.T) {
	for _, interruption := range []error{netlink.ErrDumpInterrupted, unix.EINTR} {
		rounds := 0
		all, err := Whole(func() ([]int, error) {
			if rounds++; rounds < 4 {
				return []int{1}, interruption
			}
			return []int{1, 2}, nil
		})
		if err != nil || rounds != 4 || !slices.Equal(all, []int{1, 2}) {
			t.Errorf("%v and %v after %d rounds", all, err, rounds)
		}
		half, err := Whole(func() ([]int, error) { return []int{1}, interruption })
		if half != nil || !errors.Is(err, interruption) || !strings.Contains(err.Error(), "during each of 20 readings") {
			t.Errorf("%v and %v of a list that never stands still", half, err)
		}
	}
}

func TestWholeDoesNotRepeatOtherErrors(t *testing.T) {
	rounds := 0
	other := errors.New("other")
	if _, err := Whole(func() (int, error) { rounds++; return 0, other }); !errors.Is(err, other) || rounds != 1 {
		t.Errorf("%v after %d rounds", err, rounds)
	}
}
