/**
 * What `npm run test:setup` puts into the cache, one entry a tool. Versions are not written here:
 * they stand in the go.mod or package.json of the entry's folder, where update robots look for them.
 */

/** @import { Tool, SystemPackage, VersionOf } from './manifest.d.mts' */

/**
 * Without these the Kubernetes programs call themselves v0.0.0-master, and charts that look at the cluster's version
 * take the wrong branch.
 *
 * @param {VersionOf} versionOf
 */
function kubernetesVersion(versionOf) {
  const version = versionOf('k8s.io/kubernetes');
  const [major, minor] = version.slice(1).split('.');
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

/**
 * @param {string} name the command's name in Kubernetes' own cmd folder
 * @param {number} seconds
 * @returns {Tool}
 */
function kubernetes(name, seconds) {
  return {
    name,
    source: 'go',
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: kubernetesVersion,
    seconds,
  };
}

/**
 * One module for the three: Go takes the newest that any of them asks for, which differs by patch releases, and what they
 * share is compiled once.
 *
 * @param {'source-controller' | 'kustomize-controller' | 'helm-controller'} name
 * @param {number} seconds
 * @returns {Tool}
 */
function flux(name, seconds) {
  const module = `github.com/fluxcd/${name}`;
  return { name, source: 'go', folder: 'flux', module, package: module, seconds };
}

/**
 * A project with several programs in its cmd folder, each of which learns its version from the linker.
 *
 * @param {string} folder
 * @param {string} module
 * @param {string} variable of the version, behind the module's path
 * @returns {(name: string, seconds: number) => Tool}
 */
function programsOf(folder, module, variable) {
  return (name, seconds) => ({
    name,
    source: 'go',
    folder,
    module,
    package: `${module}/cmd/${name}`,
    ldflags: (versionOf) => [`-X ${module}/${variable}=${versionOf(module)}`],
    seconds,
  });
}

const containerd = programsOf('containerd', 'github.com/containerd/containerd/v2', 'version.Version');
const multus = programsOf('multus', 'gopkg.in/k8snetworkplumbingwg/multus-cni.v4', 'pkg/multus.version');

/**
 * A plugin's file has the name by which a conflist calls it; here `cni-` stands before it, because `static` says little.
 *
 * @param {'main' | 'ipam' | 'meta'} kind
 * @param {string} name
 * @returns {Tool}
 */
function cniPlugin(kind, name) {
  const module = 'github.com/containernetworking/plugins';
  return {
    name: `cni-${name}`,
    source: 'go',
    folder: 'cni-plugins',
    module,
    package: `${module}/plugins/${kind}/${name}`,
    binary: name,
    seconds: 4,
  };
}

/**
 * Node comes from npm, where each kind of machine has a package of its own: a checksum in a lock file and no install
 * script, unlike the package `node`, which starts npm again while it is being installed.
 *
 * @param {number} major
 * @returns {Tool}
 */
function node(major) {
  return {
    name: `node${major}`,
    source: 'npm',
    folder: `node${major}`,
    package: `node-${process.platform}-${process.arch}`,
    file: 'bin/node',
    binary: 'node',
    seconds: 10,
  };
}

/**
 * `seconds` is a cold build on two cores, in the order of this table: later entries reuse what earlier ones compiled.
 *
 * @type {readonly Tool[]}
 */
export const tools = [
  node(22),
  node(24),
  {
    name: 'etcd',
    source: 'go',
    folder: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    package: 'go.etcd.io/etcd/server/v3',
    seconds: 80,
  },
  kubernetes('kube-apiserver', 160),
  kubernetes('kubectl', 20),
  kubernetes('kube-scheduler', 30),
  {
    name: 'helm3',
    source: 'go',
    folder: 'helm3',
    module: 'helm.sh/helm/v3',
    package: 'helm.sh/helm/v3/cmd/helm',
    ldflags: helm3Version,
    seconds: 80,
  },
  {
    name: 'helm4',
    source: 'go',
    folder: 'helm4',
    module: 'helm.sh/helm/v4',
    package: 'helm.sh/helm/v4/cmd/helm',
    ldflags: (versionOf) => [`-X helm.sh/helm/v4/internal/version.version=${versionOf('helm.sh/helm/v4')}`],
    seconds: 80,
  },
  {
    name: 'staticcheck',
    source: 'go',
    folder: 'staticcheck',
    module: 'honnef.co/go/tools',
    package: 'honnef.co/go/tools/cmd/staticcheck',
    seconds: 60,
  },
  cniPlugin('main', 'bridge'),
  cniPlugin('main', 'loopback'),
  cniPlugin('main', 'macvlan'),
  cniPlugin('ipam', 'dhcp'),
  cniPlugin('ipam', 'host-local'),
  cniPlugin('ipam', 'static'),
  cniPlugin('meta', 'portmap'),
  cniPlugin('meta', 'sbr'),
  cniPlugin('meta', 'tuning'),
  multus('multus', 45),
  multus('install_multus', 2),
  multus('passthru-cni', 2),
  {
    name: 'metallb-controller',
    source: 'go',
    folder: 'metallb',
    module: 'go.universe.tf/metallb',
    package: 'go.universe.tf/metallb/controller',
    seconds: 60,
  },
  flux('source-controller', 125),
  flux('kustomize-controller', 100),
  flux('helm-controller', 60),
  kubernetes('kube-controller-manager', 60),
  kubernetes('kubelet', 30),
  kubernetes('kube-proxy', 20),
  containerd('containerd', 60),
  containerd('containerd-shim-runc-v2', 5),
  containerd('ctr', 5),
];

/**
 * Helm 3 pretends to a Kubernetes 1.20 cluster in `helm template` unless its build says otherwise. Its releases take
 * the version of the client library (v0.37 is Kubernetes 1.37), so ours do too. Helm 4 finds that out by itself.
 *
 * @param {VersionOf} versionOf
 */
function helm3Version(versionOf) {
  const [, minor] = versionOf('k8s.io/client-go').split('.');
  return [
    `-X helm.sh/helm/v3/internal/version.version=${versionOf('helm.sh/helm/v3')}`,
    ...['chartutil', 'lint/rules'].flatMap((place) => [
      `-X helm.sh/helm/v3/pkg/${place}.k8sVersionMajor=1`,
      `-X helm.sh/helm/v3/pkg/${place}.k8sVersionMinor=${minor}`,
    ]),
  ];
}

/**
 * Debian packages that the builds or the tests need. What counts is that the programs or files are there, so that
 * one that came another way is not installed twice, and other distributions pass the same check.
 *
 * @type {readonly SystemPackage[]}
 */
export const systemPackages = [
  {
    name: 'ca-certificates',
    files: ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'],
    why: 'Go and npm download over HTTPS',
  },
  { name: 'git', commands: ['git'], why: 'tests serve a repository to Flux and diff generated files' },
  {
    name: 'dnsmasq-base',
    commands: ['dnsmasq'],
    why: 'the DHCP server of the lan-dhcp tests and of the lab (the program without its service)',
  },
  { name: 'iproute2', commands: ['ip', 'bridge', 'tc'], why: 'the lab makes network namespaces, bridges and routes' },
  {
    name: 'kea-dhcp4-server',
    commands: ['kea-dhcp4'],
    why: 'the second DHCP server of the lan-dhcp tests, with leases of seconds',
  },
  {
    name: 'gcc',
    commands: ['gcc'],
    why: 'the race detector of `go test -race` is linked by a C compiler',
  },
  {
    name: 'libc6-dev',
    files: ['/usr/include/stdlib.h'],
    why: 'what gcc compiles for the race detector includes its headers',
  },
  { name: 'nftables', commands: ['nft'], why: 'the stateful router of the tests in cni/' },
  { name: 'iptables', commands: ['iptables-nft'], why: 'rules in a FORWARD chain as Docker and people make them' },
  { name: 'avahi-daemon', commands: ['avahi-daemon'], why: 'a device with a name on the LAN, found by a pod' },
  { name: 'avahi-utils', commands: ['avahi-resolve'], why: 'asks for that name as a program in a pod does' },
  { name: 'dbus', commands: ['dbus-daemon'], why: 'avahi-resolve talks to its daemon over it' },
  {
    name: 'iputils-ping',
    commands: ['ping'],
    why: 'STEPS.md measures the MTU between nodes with it, and its test too',
  },
  {
    name: 'frr',
    commands: ['vtysh'],
    why: 'the router of the lab; UniFi, pfSense and OPNsense run the same',
  },
  {
    name: 'bird',
    commands: ['bird', 'birdc'],
    why: "BIRD 1.6 in Calico's role: calico-node runs a fork of 1.6, whose grammar 2.0 does not read",
  },
  { name: 'conntrack', commands: ['conntrack'], why: "what the lab's stateful routers remember of a flow" },
  { name: 'runc', commands: ['runc'], why: 'runs the containers of the nodes in test/node' },
  { name: 'radvd', commands: ['radvd'], why: 'router advertisements on the LAN of the tests in cni/' },
];
