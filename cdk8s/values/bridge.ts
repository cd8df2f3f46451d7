/** The values of the subchart bridge, as types and as charts/flatlan/charts/bridge/values.schema.json. */
import * as z from 'zod';
import { CNI_FOLDERS } from '../platforms/distributions/distribution.ts';
import { absolutePath, label, resources, tolerations } from './container.ts';
import { cniVersion } from './multus.ts';
import { bridgeName } from './network-attachment.ts';
import { address, cidr, mtu } from './network.ts';

const bridge = z.strictObject({
  type: z.literal('bridge'),
  promiscMode: z.boolean().meta({ description: 'The bridge takes every frame. Each node drops the doubles of that.' }),
  mtu,
  ipam: z.strictObject({
    type: z.literal('host-local'),
    dataDir: absolutePath.meta({
      description: 'Which pod has which address; in memory, since no pod outlives a reboot.',
    }),
    routes: z
      .array(z.strictObject({ dst: cidr, gw: address.optional() }))
      .meta({ description: 'Without gw by the node.' }),
  }),
});

const portmap = z.strictObject({ type: z.literal('portmap'), capabilities: z.record(z.string(), z.boolean()) });

const conflist = z
  .strictObject({ cniVersion, name: label, plugins: z.tuple([bridge, portmap]) })
  .meta({ description: 'The CNI configuration of every node, without what each has of its own.' });

const nodeName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);

const range = z.strictObject({
  subnet: cidr.meta({ description: "The network's, so that pods reach all of it without a router." }),
  rangeStart: address,
  rangeEnd: address,
  gateway: address.meta({ description: "The node's own address." }),
});

const ofNode = z
  .strictObject({
    bridge: bridgeName,
    mtu: mtu.optional(),
    ipam: z.strictObject({ ranges: z.tuple([z.tuple([range])]) }),
  })
  .meta({ description: 'What goes over the plugin bridge on this node.' });

const settings = z
  .strictObject({
    file: z
      .string()
      .regex(/^[0-9a-z][0-9a-z-]*\.conflist$/)
      .meta({ description: "Its name in the node's folder; it has to sort before any other." }),
    conflist,
    nodes: z.record(nodeName, ofNode).meta({ description: 'By name; a node that is missing here gets no network.' }),
  })
  .meta({ description: 'bridge.json (docs/node-contract.md). Without it there is no DaemonSet.' });

export const bridgeValuesSchema = z.strictObject({
  settings: settings.optional(),
  hostConfDir: absolutePath.meta({ description: "The node's folder of CNI configurations." }),
  hostBinDir: absolutePath.meta({ description: "The node's folder of CNI plugins." }),
  listen: z.string().meta({ description: 'Where the kubelet asks whether the node has its conflist.' }),
  resources,
  tolerations,
});

export type BridgeConflist = z.output<typeof conflist>;
export type BridgeOfNode = z.output<typeof ofNode>;
export type BridgeSettings = z.output<typeof settings>;
export type BridgeValues = z.output<typeof bridgeValuesSchema>;

export const bridgeDefaults = {
  hostConfDir: CNI_FOLDERS.confDir,
  hostBinDir: CNI_FOLDERS.binDir,
  listen: '127.0.0.1:9481',
  resources: { requests: { cpu: '10m', memory: '16Mi' } },
  tolerations: [{ operator: 'Exists' }],
} satisfies BridgeValues;
