package client

// An EventKind is the reason of a Kubernetes event.
type EventKind string

const (
	// AddressChanged: a running pod has another address now.
	AddressChanged EventKind = "LanAddressChanged"
	// AddressLost: a running pod has no address for longer than an ADD would have waited.
	AddressLost EventKind = "LanAddressLost"
	// LeaseRefused: a server's reply contradicts the plan.
	LeaseRefused EventKind = "LanLeaseRefused"
	// OptionsLeftOut: the pod has its address, but some of the server's options were not applied.
	OptionsLeftOut EventKind = "LanOptionsLeftOut"
	// AddressContested: another device claims the pod's address, or another pod its MAC address, and the pod keeps it.
	AddressContested EventKind = "LanAddressContested"
)
