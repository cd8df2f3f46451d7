/**
 * The BGP session between the nodes of a site and its router: iBGP, or eBGP where nodes have an AS number of their own.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { BgpPeer as Upstream, type BgpPeerSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { SecretKey, Session } from '../../plan/network/index.ts';
import { selectorText } from '../../plan/network/node-selection.ts';
import { partOf } from '../labels.ts';

/** Of sessions with routers and between nodes. Calico's default is 120 s (docs/facts.md#routes-of-a-dead-node). */
export const MAX_RESTART_TIME = '10s';

/** Where calico-node finds a password. */
export function passwordReference({ name, key }: SecretKey) {
  return { secretKeyRef: { name, key } };
}

export function bgpPeerSpec(session: Session, passwordSecret: SecretKey | undefined): Plain<BgpPeerSpec> {
  return {
    peerIP: String(session.peer),
    asNumber: session.peerAsn,
    ...(session.localAsn === undefined ? {} : { localASNumber: session.localAsn }),
    ...(session.acceptsOwnAsn ? { numAllowedLocalASNumbers: 1 } : {}),
    // Always set: a peer without a selector silently replaces one with a selector (projectcalico/calico, confd client.go,
    // updatePeersV1).
    nodeSelector: selectorText(session.nodes),
    filters: [session.filter],
    maxRestartTime: MAX_RESTART_TIME,
    ...(passwordSecret ? { password: passwordReference(passwordSecret) } : {}),
  };
}

export interface BgpPeerProps {
  readonly name: string;
  readonly spec: object;
}

export class BgpPeer extends Construct {
  constructor(scope: Construct, id: string, props: BgpPeerProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: props.name, labels: partOf },
      spec: props.spec,
    });
  }
}
