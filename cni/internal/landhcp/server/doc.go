// Package server is lan-dhcp's daemon, by itself or inside the agent: who has a lease, who gets one, whose is given back.
//
//	server, lease    the leases and what keeps them: a machine of package client on a pod's interface of package link
//	serve, protocol  the socket for plugins and its messages
//	verbs, add       the CNI verbs
//	conf,            what a network configuration says (its keys provide and request in conf_options), and who a
//	  conf_options,  pod is for a server
//	  identity
//	policy           who may have an address
//	record           leases on disk
//	orphan,          leases whose pods are gone
//	  remembered
//	twin             two interfaces with one MAC address or identifier
//	snapshot         what metrics show
package server
