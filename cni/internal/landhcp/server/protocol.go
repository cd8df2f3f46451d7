package server

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containernetworking/cni/pkg/types"
	current "github.com/containernetworking/cni/pkg/types/100"
)

// The plugin calls the daemon over a Unix socket: one connection per call, one JSON document in each direction. A
// plugin that is killed (the runtime's deadline) closes its connection, which ends the call and releases its address.

// ProtocolVersion changes when a plugin and a daemon of different releases would misunderstand each other.
const ProtocolVersion = 1

// largestCall is more than any network configuration has.
const largestCall = 1 << 20

// A Verb is a CNI command.
type Verb string

// What a plugin asks for.
const (
	VerbAdd    Verb = "add"
	VerbCheck  Verb = "check"
	VerbDel    Verb = "del"
	VerbGC     Verb = "gc"
	VerbStatus Verb = "status"
)

// A call is what CNI gave the plugin.
type Call struct {
	Version     int             `json:"version"`
	Verb        Verb            `json:"verb"`
	ContainerID string          `json:"containerID,omitempty"`
	Netns       string          `json:"netns,omitempty"`
	Interface   string          `json:"interface,omitempty"`
	Args        string          `json:"args,omitempty"`
	Config      json.RawMessage `json:"config"`
}

func (c Call) key(network string) key { return key{network, c.ContainerID, c.Interface} }

// An answer is a result or a failure.
type Answer struct {
	Version int             `json:"version"`
	Result  *current.Result `json:"result,omitempty"`
	Failure *Failure        `json:"failure,omitempty"`
}

// A failure is returned as a CNI error.
type Failure struct {
	Code    uint   `json:"code"`
	Message string `json:"message"`
}

// codeNoAddress and the ones after it are the plugin's own (CNI specification 1.1.0, "Error": 100 and above).
const (
	codeNoAddress uint = 100 + iota
	codeCap
	codeNoLease
	codeRefused
)

// A codedError is an error with CNI's number for it.
type codedError struct {
	code uint
	error
}

func (e codedError) Unwrap() error { return e.error }

func coded(code uint, format string, values ...any) error {
	return codedError{code, fmt.Errorf(format, values...)}
}

func failureOf(err error) *Failure {
	var coded codedError
	if errors.As(err, &coded) {
		return &Failure{Code: coded.code, Message: err.Error()}
	}
	return &Failure{Code: types.ErrInternal, Message: err.Error()}
}
