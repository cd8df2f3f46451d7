/** Names, versions and the other words of a plan. */
import { durationIn } from '../numbers.ts';
import { isTimeZone, zoneMeant } from '../time-zones.ts';
import { word } from './scalars.ts';

/** RFC 1123 label: it becomes part of Kubernetes names and of file names. */
export const label = word({
  rule: 'nodes/name',
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  what: 'a name: lowercase letters, digits and dashes, at most 63 characters, with a letter or digit at both ends',
  description: 'A name of lowercase letters, digits and dashes.',
  remedy: renamed(/[^a-z0-9]+/g),
});

function renamed(other: RegExp): (text: string) => string | undefined {
  return (text) => {
    const name = text
      .toLowerCase()
      .replace(other, '-')
      .replace(/-*\.[-.]*/g, '.')
      .slice(0, 63)
      .replace(/^[-.]+|[-.]+$/g, '');
    return name === '' ? undefined : `rename it, for example to ${name}`;
  };
}

/**
 * The name of a node; patterns of names are expanded before (read/patterns.ts). RFC 1123 subdomain, as Kubernetes takes it (kubeadm and
 * cloud images name nodes `node1.lab.example.net`), as long as a value of label kubernetes.io/hostname.
 */
export const nodeName = word({
  rule: 'nodes/name',
  pattern: /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  what: 'the name of a node: lowercase letters, digits, dashes and dots, at most 63 characters, with a letter or digit at both ends of each part',
  description: 'A name of lowercase letters, digits, dashes and dots, as `kubectl get nodes` shows it.',
  remedy: renamed(/[^a-z0-9.]+/g),
});

/** The name of a network, router or attachment of the plan; the rules check that it exists. */
export const reference = word({
  rule: 'schema/value',
  pattern: /^[^\s\p{Cc}\p{Pi}\p{Pf}\u201a\u201e"`{}$]{1,63}$/u,
  what: 'a name: at most 63 characters without spaces, quotes and braces',
  description: 'A name in this plan.',
});

/** IFNAMSIZ is 16 with its final NUL (Linux, if.h). */
export const interfaceName = word({
  rule: 'nodes/interface-name',
  // `ip` takes a name that starts with a dash for an option; the kernel refuses "." and "..".
  pattern: /^(?!\.{1,2}$)[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/,
  what: 'an interface name: letters, digits, dot, dash and underscore, at most 15 characters, not a dash first and not only dots',
  description: 'A network interface, as `ip link` shows it: at most 15 characters.',
});

/** A list of plugins, which is what the gate of Multus waits for (cni/internal/multus/conf.go, hasNetwork). */
export const cniFile = word({
  rule: 'schema/value',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,240}\.conflist$/,
  what: 'the name of a file that ends in .conflist, without its folder',
  description: 'The name of a file.',
  remedy: (text) => {
    const file = text.slice(text.lastIndexOf('/') + 1);
    return file === text ? 'write it as `ls` shows it in the folder of CNI configurations' : `write ${file}`;
  },
});

/** The name of a CNI network (containernetworking/cni v1.3.0, pkg/utils/utils.go, ValidateNetworkName). */
export const cniName = word({
  rule: 'schema/value',
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
  what: 'the name of a CNI network: letters, digits, dot, dash and underscore, a letter or digit first',
  description: 'The name of a CNI network.',
  remedy: () => 'write what the file has as "name"',
});

export const duration = word({
  rule: 'schema/value',
  pattern: /^[1-9][0-9]{0,8}[smhd]$/,
  what: 'a duration: a number followed by s, m, h or d',
  description: 'A number followed by s, m, h or d.',
  examples: ['24h'],
  remedy: (text) => `write ${durationIn(text) ?? 'it like 24h'}`,
});

/** A bare YAML number would turn 1.30 into 1.3. */
export const minorVersion = word({
  rule: 'schema/value',
  pattern: /^1\.(0|[1-9][0-9]{0,3})$/,
  what: 'a Kubernetes minor version',
  description: 'A Kubernetes minor version, in quotes.',
  examples: ['1.36'],
  remedy(text) {
    const minor = /^v?(1\.[1-9][0-9]{0,3})\./.exec(text)?.[1] ?? /^v(1\.[1-9][0-9]{0,3})$/.exec(text)?.[1] ?? '1.36';
    return `write the minor version in quotes, such as "${minor}"`;
  },
});

export const calicoVersion = word({
  rule: 'schema/value',
  pattern: /^v[0-9]+\.[0-9]+\.[0-9]+$/,
  what: 'a version of the tigera-operator chart: v and three numbers',
  description: 'A version of the tigera-operator chart.',
  examples: ['v3.32.1'],
  remedy: () => 'write it like v3.32.1',
});

export const metallbVersion = word({
  rule: 'schema/value',
  pattern: /^[0-9]+\.[0-9]+\.[0-9]+$/,
  what: 'a version of the metallb chart: three numbers',
  description: 'A version of the metallb chart.',
  examples: ['0.16.1'],
  remedy: () => 'write it like 0.16.1, without v',
});

/** RFC 1123 section 2.1, lowercase and uppercase; a name whose last part is a number is an IPv4 address or nothing. */
export const hostName = word({
  rule: 'schema/value',
  pattern:
    /^(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$|(?=.{1,253}$)(?!(?:.*\.)?[0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$)/,
  what: 'a host name or an IPv4 address',
  description: 'A host name or an IPv4 address.',
  examples: ['home.example.net'],
  remedy: () => 'write it like home.example.net, without http:// and without a port',
});

/** The name of a Secret (RFC 1123 subdomain); some people write the secret itself here. */
export const secretName = word({
  rule: 'schema/value',
  pattern: /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  what: 'a name: lowercase letters, digits, dashes and dots, at most 253 characters, with a letter or digit at both ends',
  description: 'The name of a secret.',
  examples: ['flatlan-bgp-password'],
  remedy: () => 'write the name of the secret, never the secret itself',
  secret: true,
});

/** Kubernetes' own rule for the keys of a Secret (apimachinery v0.36, util/validation, IsConfigMapKey). */
export const secretKey = word({
  rule: 'schema/value',
  pattern: /^(?!\.\.|\.$)[-._a-zA-Z0-9]{1,253}$/,
  what: 'a key of a Secret: letters, digits, dash, dot and underscore, not "." and not two dots first',
  description: 'A key of a Secret.',
  examples: ['password'],
  remedy: () => 'write the name of the key, such as password, never the password itself',
  secret: true,
});

/** A name of the IANA time zone database. */
export const timeZone = word({
  rule: 'schema/value',
  pattern: /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/,
  what: 'a name of the IANA time zone database',
  description: 'A name of the IANA time zone database.',
  examples: ['Europe/Berlin'],
  known: isTimeZone,
  remedy: (text) => {
    const zone = zoneMeant(text);
    return zone === undefined ? 'write it like Europe/Berlin' : `did you mean ${zone}?`;
  },
});

export const volumeSize = word({
  rule: 'schema/value',
  pattern: /^[1-9][0-9]{0,8}(Mi|Gi|Ti)$/,
  what: 'a size: a number followed by Mi, Gi or Ti',
  description: 'A number followed by Mi, Gi or Ti.',
  examples: ['5Gi'],
  remedy: () => 'write it like 5Gi',
});
