/**
 * A NetworkAttachmentDefinition: what Multus runs for a pod that asks (Network Custom Resource Definition De-facto Standard,
 * version 1.3, section 3.3). Always with a `cniVersion`: without one Multus 4.3.0 forgets parts of it before DEL.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { AddressOwner, Attachment, FixedAddresses } from '../../plan/network/index.ts';
import type { Conflist } from '../../values/network-attachment.ts';
import { partOf } from '../labels.ts';

/** By which a pod asks for attachments; Multus reads it (Network Custom Resource Definition De-facto Standard, 4.1). */
export const NETWORKS_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** The keys and their reasons: docs/node-contract.md, "The pod network attachment". */
export function attachmentConfig(attachment: Attachment): Conflist {
  return {
    cniVersion: '1.0.0',
    name: attachment.name,
    plugins: [
      {
        type: 'bridge',
        bridge: attachment.bridge,
        mtu: attachment.mtu,
        ...(attachment.isolated ? { portIsolation: true } : {}),
        ...(attachment.fixed ? requested(attachment.fixed) : leased),
      },
      { type: 'tuning', sysctl: { 'net.ipv6.conf.IFNAME.accept_ra': '1' } },
      {
        type: 'route-fix',
        ...leaseBounds(attachment),
        ipv6: 'ra',
      },
    ],
  };
}

type Ipam = Pick<Conflist['plugins'][0], 'capabilities' | 'ipam'>;

/** The metric of routes by the LAN: behind the cluster's. */
const PRIORITY = 500;

const leased: Ipam = {
  capabilities: { mac: true },
  ipam: {
    type: 'lan-dhcp',
    daemonSocketPath: '/run/flatlan/lan-dhcp.sock',
    priority: PRIORITY,
    provide: [{ option: 'host-name', fromArg: 'K8S_POD_NAME' }],
  },
};

/**
 * Upstream's plugin static takes the address from the runtime (`ips` of the pod's annotation), which names no router. So a
 * default route does (containernetworking/plugins v1.9.1, plugins/ipam/static/main.go).
 */
function requested({ gateway }: FixedAddresses): Ipam {
  const routes = gateway && [{ dst: '0.0.0.0/0', gw: String(gateway), priority: PRIORITY }];
  return {
    capabilities: { mac: true, ips: true },
    ipam: { type: 'static', ...(routes ? { routes } : {}) },
  };
}

/** What a pod's annotation has as `ips`: the address with the prefix length of its network. */
export function asIps({ subnet }: Attachment, address: AddressOwner['address']): string[] {
  return [`${String(address)}/${subnet.prefix}`];
}

/** What bounds addresses and routes of a lease, as lan-dhcp and route-fix both read it (docs/node-contract.md). */
export function leaseBounds({ subnet, clusterSubnets, otherSubnets, routes }: Attachment) {
  return {
    subnet: String(subnet),
    clusterSubnets: clusterSubnets.map(String),
    otherSubnets: otherSubnets.map(String),
    ...(routes.length > 0 ? { lanSubnets: routes.map(String) } : {}),
  };
}

/** `default/layer2-bridge`, as a pod's annotation names it. */
export function qualified({ namespace, name }: Attachment): string {
  return `${namespace}/${name}`;
}

export interface NetworkAttachmentProps {
  readonly name: string;
  readonly namespace: string;
  /** The conflist as JSON. */
  readonly config: string;
}

export class NetworkAttachment extends Construct {
  constructor(scope: Construct, id: string, { name, namespace, config }: NetworkAttachmentProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name, namespace, labels: partOf },
      spec: { config },
    });
  }
}
