package main

import (
	"encoding/json"
	"path"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// SPDX 2.3 (ISO/IEC 5962), the fields that say what is in the image and where it comes from.
type document struct {
	SPDXVersion   string         `json:"spdxVersion"`
	DataLicense   string         `json:"dataLicense"`
	SPDXID        string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	CreationInfo  creationInfo   `json:"creationInfo"`
	Packages      []spdxPackage  `json:"packages"`
	Files         []spdxFile     `json:"files"`
	Relationships []relationship `json:"relationships"`
}

type creationInfo struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	SPDXID           string        `json:"SPDXID"`
	Name             string        `json:"name"`
	Version          string        `json:"versionInfo"`
	DownloadLocation string        `json:"downloadLocation"`
	FilesAnalyzed    bool          `json:"filesAnalyzed"`
	LicenseConcluded string        `json:"licenseConcluded"`
	LicenseDeclared  string        `json:"licenseDeclared"`
	Copyright        string        `json:"copyrightText"`
	Checksums        []checksum    `json:"checksums,omitempty"`
	Comment          string        `json:"comment,omitempty"`
	ExternalRefs     []externalRef `json:"externalRefs,omitempty"`
}

type externalRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxFile struct {
	SPDXID           string     `json:"SPDXID"`
	Name             string     `json:"fileName"`
	Types            []string   `json:"fileTypes"`
	Checksums        []checksum `json:"checksums"`
	LicenseConcluded string     `json:"licenseConcluded"`
	Copyright        string     `json:"copyrightText"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

const (
	noAssertion = "NOASSERTION"
	imageID     = "SPDXRef-image"
)

// sbom says what one architecture's image is made of, from what Go wrote into the programs themselves.
func sbom(version, architecture string, digest v1.Hash, programs []program) ([]byte, error) {
	doc := document{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
		Name: "flatlan-node " + version + " linux/" + architecture,
		// Unique, and the same for the same image.
		Namespace:    "https://github.com/flatlan/flatlan/spdx/" + version + "/" + architecture + "/" + digest.Hex,
		CreationInfo: creationInfo{Created: epoch.Format(time.RFC3339), Creators: []string{"Organization: flatlan", "Tool: " + ourModule + "/image"}},
	}
	doc.Packages = append(doc.Packages, newPackage(imageID, "flatlan-node", version,
		"pkg:oci/node@sha256:"+digest.Hex+"?arch="+architecture+"&repository_url=ghcr.io/flatlan/node&tag="+version))
	doc.Packages[0].Checksums = []checksum{{"SHA256", digest.Hex}}
	doc.relate("SPDXRef-DOCUMENT", "DESCRIBES", imageID)
	doc.addModule(stdlib())
	for _, module := range modules(programs) {
		doc.addModule(module)
	}
	for _, p := range programs {
		doc.addProgram(p)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), err
}

// stdlib is Go's own library, as vulnerability databases call it.
func stdlib() *debug.Module {
	return &debug.Module{Path: "stdlib", Version: strings.TrimPrefix(goVersion(), "go")}
}

func (d *document) addModule(module *debug.Module) {
	added := newPackage(moduleID(module), module.Path, module.Version, "pkg:golang/"+module.Path+"@"+module.Version)
	if module.Sum != "" {
		added.Comment = "go.sum " + module.Sum
	}
	d.Packages = append(d.Packages, added)
}

func newPackage(id, name, version, purl string) spdxPackage {
	return spdxPackage{SPDXID: id, Name: name, Version: version, DownloadLocation: noAssertion,
		LicenseConcluded: noAssertion, LicenseDeclared: noAssertion, Copyright: noAssertion,
		ExternalRefs: []externalRef{{"PACKAGE-MANAGER", "purl", purl}}}
}

func (d *document) addProgram(p program) {
	id := "SPDXRef-file-" + path.Base(p.path)
	d.Files = append(d.Files, spdxFile{SPDXID: id, Name: "/" + p.path, Types: []string{"BINARY"},
		Checksums: []checksum{{"SHA256", p.sha256()}}, LicenseConcluded: noAssertion, Copyright: noAssertion})
	d.relate(imageID, "CONTAINS", id)
	for _, module := range append(modules([]program{p}), stdlib()) {
		d.relate(id, "DEPENDS_ON", moduleID(module))
	}
}

func (d *document) relate(from, kind, to string) {
	d.Relationships = append(d.Relationships, relationship{from, kind, to})
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

func moduleID(module *debug.Module) string {
	return "SPDXRef-" + notInID.ReplaceAllString(module.Path+"-"+module.Version, "-")
}
