package healer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Annotations of the Network Plumbing Working Group's specification, version 1.3, sections 4.1 and 5.
const (
	askedAnnotation  = "k8s.v1.cni.cncf.io/networks"
	statusAnnotation = "k8s.v1.cni.cncf.io/network-status"
)

// missing are the networks that a pod requested but does not have, as namespace/name, one entry per request.
func missing(pod podMeta) ([]string, error) {
	asked, err := askedFor(pod.Annotations[askedAnnotation], pod.Namespace)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	got, err := received(pod.Annotations[statusAnnotation])
	if err != nil {
		return nil, err
	}
	var lacking []string
	for _, network := range asked {
		if at := slices.Index(got, network); at >= 0 {
			got = slices.Delete(got, at, at+1)
		} else {
			lacking = append(lacking, network)
		}
	}
	return lacking, nil
}

// askedFor reads both forms: a JSON list, or [namespace/]name[@interface] separated by commas.
func askedFor(text, namespace string) ([]string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if strings.HasPrefix(text, "[") {
		return askedInJSON(text, namespace)
	}
	var asked []string
	for item := range strings.SplitSeq(text, ",") {
		network, _, _ := strings.Cut(strings.TrimSpace(item), "@")
		if network == "" || strings.Count(network, "/") > 1 || strings.ContainsAny(network, " {}[]\"") {
			return nil, fmt.Errorf("annotation %s holds %q, which is not of the form [namespace/]name[@interface]", askedAnnotation, item)
		}
		asked = append(asked, qualified(network, namespace))
	}
	return asked, nil
}

func askedInJSON(text, namespace string) ([]string, error) {
	var list []struct{ Name, Namespace string }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("annotation %s is not a list: %w", askedAnnotation, err)
	}
	var asked []string
	for _, item := range list {
		if item.Name == "" {
			return nil, fmt.Errorf("annotation %s has an entry without a name", askedAnnotation)
		}
		asked = append(asked, qualified(item.Name, cmp.Or(item.Namespace, namespace)))
	}
	return asked, nil
}

func qualified(network, namespace string) string {
	if strings.Contains(network, "/") {
		return network
	}
	return namespace + "/" + network
}

// received reads what Multus wrote; none if Multus never handled the pod.
func received(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var list []struct{ Name string }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("annotation %s is not a list: %w", statusAnnotation, err)
	}
	var got []string
	for _, item := range list {
		got = append(got, item.Name)
	}
	return got, nil
}
