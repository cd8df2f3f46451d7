/** `kubernetes.endpoint`: the address or the name, perhaps with a port, by which nodes and people ask for the API server. */
import * as z from 'zod';
import { parseAddress, type Address } from '../../address/index.ts';
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
    description: `The API server's address or name, with a port if it is not ${API_PORT}: a virtual address of the control planes (kube-vip, keepalived, Talos) or a load balancer's, which nothing else of the plan has. kubeadm needs it for several control planes. Default: nodes ask the first control plane.`,
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
