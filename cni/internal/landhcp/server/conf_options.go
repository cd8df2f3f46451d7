package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/flatlan/flatlan/cni/internal/landhcp/client"
)

// optionNames are upstream's (plugins/ipam/dhcp/options.go, v1.9.1); every other option goes by its number.
var optionNames = map[string]uint8{
	"subnet-mask":             dhcpv4.OptionSubnetMask.Code(),
	"routers":                 dhcpv4.OptionRouter.Code(),
	"host-name":               dhcpv4.OptionHostName.Code(),
	"vendor-class-identifier": dhcpv4.OptionClassIdentifier.Code(),
	"dhcp-client-identifier":  dhcpv4.OptionClientIdentifier.Code(),
	"user-class":              dhcpv4.OptionUserClassInformation.Code(),
}

// protocolOptions belong to the exchange itself.
var protocolOptions = []uint8{
	dhcpv4.OptionRequestedIPAddress.Code(),
	dhcpv4.OptionOptionOverload.Code(),
	dhcpv4.OptionDHCPMessageType.Code(),
	dhcpv4.OptionServerIdentifier.Code(),
	dhcpv4.OptionParameterRequestList.Code(),
	dhcpv4.OptionMaximumDHCPMessageSize.Code(),
}

func parseOption(name string) (uint8, error) {
	if code, ok := optionNames[name]; ok {
		return code, nil
	}
	code, err := strconv.ParseUint(name, 10, 8)
	if err != nil || code == 0 || code == 255 {
		return 0, fmt.Errorf("option %q is neither a number from 1 to 254 nor one of %s", name, strings.Join(sortedNames(), ", "))
	}
	return uint8(code), nil
}

func sortedNames() []string {
	names := make([]string, 0, len(optionNames))
	for name := range optionNames {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// parseProvide gives the options to send. One whose argument the runtime did not give is left out, as upstream does:
// the same configuration serves runtimes other than Kubernetes.
func parseProvide(entries []provide, arguments map[string]string) ([]client.Option, error) {
	var options []client.Option
	var problems []error
	for i, entry := range entries {
		code, err := parseOption(entry.Option)
		value := entry.Value
		if given, ok := arguments[entry.FromArg]; ok && entry.FromArg != "" {
			value = given
		}
		switch {
		case err != nil:
		case slices.Contains(protocolOptions, code):
			err = fmt.Errorf("option %s belongs to the protocol and cannot be set", entry.Option)
		case entry.Value == "" && entry.FromArg == "":
			err = fmt.Errorf("option %s has neither value nor fromArg", entry.Option)
		case len(value) > 254:
			err = fmt.Errorf("option %s: %d bytes do not fit, 254 do", entry.Option, len(value))
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("ipam.provide[%d]: %w", i, err))
			continue
		}
		if value != "" {
			options = append(options, client.Option{Code: code, Value: []byte(value)})
		}
	}
	if len(problems) > 0 {
		return nil, joined(problems)
	}
	if !slices.ContainsFunc(options, func(o client.Option) bool { return o.Code == dhcpv4.OptionHostName.Code() }) {
		if name := arguments["K8S_POD_NAME"]; name != "" {
			options = append(options, client.Option{Code: dhcpv4.OptionHostName.Code(), Value: []byte(name)})
		}
	}
	for i, one := range options {
		if one.Code == dhcpv4.OptionHostName.Code() {
			options[i].Value = hostName(one.Value)
		}
	}
	return options, nil
}

// hostName cuts a pod's name, which may have 253 characters, to the 63 of a DNS label, which servers register it as.
func hostName(name []byte) []byte {
	if len(name) <= 63 {
		return name
	}
	return []byte(strings.TrimRight(string(name[:63]), "-."))
}

func parseRequest(entries []request) ([]uint8, error) {
	var codes []uint8
	var problems []error
	withDefault := true
	for i, entry := range entries {
		withDefault = withDefault && !entry.SkipDefault
		if entry.Option == "" && entry.SkipDefault {
			continue
		}
		code, err := parseOption(entry.Option)
		if err != nil {
			problems = append(problems, fmt.Errorf("ipam.request[%d]: %w", i, err))
			continue
		}
		codes = append(codes, code)
	}
	if len(problems) > 0 {
		return nil, joined(problems)
	}
	if withDefault {
		codes = append(slices.Clone(client.DefaultRequest), codes...)
	}
	seen := map[uint8]bool{}
	return slices.DeleteFunc(codes, func(code uint8) bool {
		again := seen[code]
		seen[code] = true
		return again
	}), nil
}
