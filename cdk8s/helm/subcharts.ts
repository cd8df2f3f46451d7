/**
 * Our subcharts: each is a schema of values, defaults, the values of a plan, and parts, which both backends print. Which layer
 * one belongs to is said in layers.ts.
 */
import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type * as z from 'zod';
import { attachmentsParts } from '../constructs/attachments/parts.ts';
import { attachmentsValues } from '../constructs/attachments/values.ts';
import { bridgeSettings } from '../constructs/bridge/conflist.ts';
import { bridgeParts } from '../constructs/bridge/parts.ts';
import { homeAssistantParts } from '../constructs/home-assistant/parts.ts';
import { homeAssistantValues } from '../constructs/home-assistant/values.ts';
import { multusConf } from '../constructs/multus/conf.ts';
import { multusParts } from '../constructs/multus/parts.ts';
import { networkLayer, networkValues } from '../constructs/network-layer.ts';
import type { Parts } from '../constructs/parts.ts';
import type { Network } from '../plan/network/index.ts';
import type { Source } from '../source.ts';
import { attachmentsDefaults, attachmentsValuesSchema } from '../values/attachments.ts';
import { bridgeDefaults, bridgeValuesSchema } from '../values/bridge.ts';
import { homeAssistantDefaults, homeAssistantValuesSchema } from '../values/home-assistant.ts';
import { multusDefaults, multusValuesSchema } from '../values/multus.ts';
import { networkValuesSchema } from '../values/network.ts';
import { overlay } from '../values/overlay.ts';
import { TemplateSource } from './template.ts';

export interface Subchart {
  readonly name: 'network' | 'bridge' | 'multus' | 'attachments' | 'home-assistant';
  readonly description: string;
  readonly schema: z.ZodObject;
  /** values.yaml. */
  readonly defaults: object;
  /** What a plan decides, on top of the defaults; undefined: the plan has no use for it. */
  readonly valuesOf: (network: Network) => object | undefined;
  /** Template files by name. */
  templates(): Readonly<Record<string, string>>;
  /** Adds the objects that these values make to a scope; `source` is the concrete backend. */
  objects(scope: Construct, values: object, source: <Values extends object>(values: Values) => Source<Values>): void;
}

interface Definition<Values extends object> extends Pick<Subchart, 'name' | 'description' | 'valuesOf'> {
  readonly schema: z.ZodObject & z.ZodType<Values>;
  readonly defaults: Partial<Values>;
  readonly parts: (scope: Construct, values: Source<Values>) => Parts;
}

function subchart<Values extends object>({ parts, ...rest }: Definition<Values>): Subchart {
  return {
    ...rest,
    templates() {
      const source = new TemplateSource<Values>();
      const made = parts(new Chart(new App(), 'chart', { disableResourceNameHashes: true }), source);
      return Object.fromEntries([...made].map(([name, part]) => [name, source.file(part)]));
    },
    objects(scope, values, source) {
      parts(new Construct(scope, rest.name), source(overlay(rest.defaults, values) as Values));
    },
  };
}

export const networkSubchart = subchart({
  name: 'network',
  description: 'The settings of Calico and MetalLB, resolved from a plan.',
  schema: networkValuesSchema,
  defaults: {},
  valuesOf: networkValues,
  parts: networkLayer,
});

export const subcharts: readonly Subchart[] = [
  networkSubchart,
  subchart({
    name: 'bridge',
    description: "Pods on each node's own bridge, with a range of the network's addresses on each node.",
    schema: bridgeValuesSchema,
    defaults: bridgeDefaults,
    valuesOf: ({ pods }) => (pods.mode === 'bridged' ? { settings: bridgeSettings(pods) } : undefined),
    parts: bridgeParts,
  }),
  subchart({
    name: 'multus',
    description: 'Multus, which gives pods the additional interfaces that they request.',
    schema: multusValuesSchema,
    defaults: multusDefaults,
    valuesOf: (network) => (network.attachments.length > 0 ? { conf: multusConf(network) } : undefined),
    parts: multusParts,
  }),
  subchart({
    name: 'attachments',
    description: 'Interfaces on the LAN with addresses of its DHCP server, and the policy on who may have one.',
    schema: attachmentsValuesSchema,
    defaults: attachmentsDefaults,
    valuesOf: attachmentsValues,
    parts: attachmentsParts,
  }),
  subchart({
    name: 'home-assistant',
    description: 'Home Assistant, the example of an application on the LAN.',
    schema: homeAssistantValuesSchema,
    defaults: homeAssistantDefaults,
    valuesOf: ({ apps }) => apps.homeAssistant && homeAssistantValues(apps.homeAssistant),
    parts: homeAssistantParts,
  }),
];
