package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// Files that licenses require to be distributed with the program.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// modules are all modules of the programs, including their own, sorted, each version once.
func modules(programs []program) []*debug.Module {
	found := map[string]*debug.Module{}
	for _, p := range programs {
		for _, module := range append([]*debug.Module{&p.info.Main}, p.info.Deps...) {
			if module.Replace != nil {
				module = module.Replace
			}
			found[module.Path+"@"+module.Version] = module
		}
	}
	var all []*debug.Module
	for _, key := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[key])
	}
	return all
}

// licences are the license texts of everything in the image: ours, Go's, every module's.
func (b builder) licences(programs []program) (tree, error) {
	goRoot, rootErr := output(b.folder, "go", "env", "GOROOT")
	cache, cacheErr := output(b.folder, "go", "env", "GOMODCACHE")
	if err := errors.Join(rootErr, cacheErr); err != nil {
		return nil, err
	}
	texts := tree{}
	problems := []error{
		texts.addFrom(filepath.Join(b.folder, "..", ".."), ""),
		texts.addFrom(goRoot, "licenses/go/"),
	}
	for _, module := range modules(programs) {
		if module.Path == ourModule {
			continue
		}
		name := module.Path + "@" + module.Version
		problems = append(problems, texts.addFrom(filepath.Join(cache, escape(name)), "licenses/"+name+"/"))
	}
	texts["NOTICE"] = entry{mode: 0o644, data: []byte(notice(programs))}
	return texts, errors.Join(problems...)
}

func (t tree) addFrom(folder, prefix string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	found := false
	for _, candidate := range entries {
		if candidate.IsDir() || !licenceFile.MatchString(candidate.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, candidate.Name()))
		if err != nil {
			return err
		}
		t[prefix+candidate.Name()] = entry{mode: 0o644, data: text}
		found = true
	}
	if !found {
		return fmt.Errorf("no licence text in %s: what is in the image must come with its licence", folder)
	}
	return nil
}

func notice(programs []program) string {
	var text strings.Builder
	text.WriteString("flatlan\n\nThis image holds flatlan's own program (Apache License 2.0, /LICENSE) and, unmodified, CNI plugins of\n" +
		pluginsModule + ". They are built with " + goVersion() + " from the modules below; their\nlicences are in /licenses.\n\n")
	for _, module := range modules(programs) {
		text.WriteString(module.Path + " " + module.Version + "\n")
	}
	return text.String()
}

// escape is how Go's module cache writes upper case (golang.org/x/mod/module, EscapePath).
func escape(path string) string {
	return regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(path, func(letter string) string { return "!" + strings.ToLower(letter) })
}

func output(folder, name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir = folder
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}
