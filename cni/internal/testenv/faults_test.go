package testenv

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each fault of docs/faults.md names the test that shows it. A test that is renamed or removed must not leave its name
// behind there.
func TestFaultsNameTestsThatAreThere(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(Repository(t), "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	there, err := testNames(filepath.Join(Repository(t), "cni"))
	if err != nil {
		t.Fatal(err)
	}
	if len(there) < 50 {
		t.Fatalf("found %d tests only: this one looks in the wrong place", len(there))
	}
	for number, line := range strings.Split(string(page), "\n") {
		names := regexp.MustCompile("`((Test|Fuzz|Benchmark)[A-Za-z0-9]+)[^`]*`").FindAllStringSubmatch(line, -1)
		for _, name := range names {
			if !there[name[1]] {
				t.Errorf("docs/faults.md:%d: there is no %s", number+1, name[1])
			}
		}
		isRow := strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| fault |")
		if isRow && len(names) == 0 {
			t.Errorf("docs/faults.md:%d: no test shows it: %s", number+1, line)
		}
	}
}

func testNames(folder string) (map[string]bool, error) {
	declaration := regexp.MustCompile(`(?m)^func ((Test|Fuzz|Benchmark)[A-Za-z0-9]+)\(`)
	names := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declaration.FindAllStringSubmatch(string(text), -1) {
			names[found[1]] = true
		}
		return err
	})
	return names, err
}
