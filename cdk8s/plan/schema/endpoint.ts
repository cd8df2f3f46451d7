/** `kubernetes.endpoint`: the address or the name, perhaps with a port, by which nodes and people ask for the API server. */
import { z } from 'zod';
import type { Address } from '../../address/index.ts';
import { parseAddress } from '../../address/index.ts';
import { quoted } from '../../address/quoted.ts';
import { API_PORT } from '../../platforms/kubernetes.ts';
import { refuse } from './refusal.ts';

export interface Endpoint {
  readonly host: Address | string;
  readonly port: number;
}

const LAST_PORT = 65535;
/** RFC 1123 section 2.1; a last part of digits alone would be an address. */
const NAME =
  /^(?=.{1,253}$)(?!(?:.*\.)?[0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

export const endpoint = z
  .string()
  .meta({
    description: `The address or the name of the API server for all nodes and for people, if it is not that of a control plane: a virtual address that control planes share (kube-vip, keepalived, Talos), or that of a load balancer before them; with a port, if it is not ${API_PORT}. Nothing else of the plan may have the address. Required by kubeadm for several control planes. Default: none; nodes ask the first control plane.`,
    examples: ['10.20.30.10', 'api.home.example.net:8443'],
    pattern: '^[A-Za-z0-9.-]+(:[0-9]+)?$',
  })
  .transform((text, ctx): Endpoint => {
    const [, written = '', digits] = /^([^:/]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
    const port = digits === undefined ? API_PORT : Number(digits);
    if (port < 1 || port > LAST_PORT) {
      refuse(ctx, `port ${port} is outside 1 to ${LAST_PORT}`, {
        rule: 'schema/value',
        remedy: `leave the port out: ${API_PORT}`,
      });
      return z.NEVER;
    }
    const address = /^[0-9.]+$/.test(written) ? parseAddress(written) : undefined;
    if (address?.ok) return { host: address.value, port };
    if (address === undefined && NAME.test(written) && written !== 'localhost') return { host: written, port };
    refuse(ctx, `${quoted(text)} is not an IPv4 address or a DNS name, with or without a port`, {
      rule: 'schema/value',
      remedy:
        address?.remedy ??
        'write it like 10.20.30.10, api.home.example.net or api.home.example.net:8443, without https://',
    });
    return z.NEVER;
  });
