/**
 * Home Assistant, the example of an application on the LAN. One replica that is stopped before the next one starts: its
 * database has one writer, and a pinned MAC address one owner.
 */
import { ApiObject } from 'cdk8s';
import type { Container, PodSpec } from 'cdk8s-plus-28/lib/imports/k8s.js';
import { Construct } from 'constructs';
import type { Plain } from '../../plain.ts';
import { PORT, selector } from '../../values/home-assistant.ts';
import { annotate, partOf, RESOURCE_POLICY } from '../labels.ts';

const NAME = 'home-assistant';

export interface HomeAssistantProps {
  readonly namespace: string;
  readonly timeZone: string;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly image: string;
  readonly capabilities: readonly string[];
  readonly service: object;
  readonly serviceAnnotations: Readonly<Record<string, string>>;
  readonly volumeClaim: object;
  readonly resources: object;
  readonly tolerations: readonly object[];
  readonly affinity: object;
}

export class HomeAssistant extends Construct {
  constructor(scope: Construct, id: string, props: HomeAssistantProps) {
    super(scope, id);
    const metadata = { name: NAME, namespace: props.namespace, labels: { ...selector, ...partOf } };
    // A house's whole history: it outlives the release.
    new ApiObject(this, 'volume-claim', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...metadata, annotations: { [RESOURCE_POLICY]: 'keep' } },
      spec: props.volumeClaim,
    });
    const service = new ApiObject(this, 'service', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: props.service,
    });
    annotate(service, props.serviceAnnotations);
    new ApiObject(this, 'deployment', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selector },
        template: {
          // On the pod's template, not on the Deployment: Multus reads the pod's own annotations.
          metadata: { labels: { ...selector, ...partOf }, annotations: props.podAnnotations },
          spec: pod(props),
        },
      },
    });
  }
}

function pod({ tolerations, affinity, ...rest }: HomeAssistantProps): Plain<PodSpec> {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Its image gives it 240 s to write everything down (S6_SERVICES_GRACETIME).
    terminationGracePeriodSeconds: 260,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    tolerations,
    affinity,
    containers: [container(rest)],
    volumes: [{ name: 'config', persistentVolumeClaim: { claimName: NAME } }],
  };
}

type ContainerProps = Pick<HomeAssistantProps, 'image' | 'timeZone' | 'resources' | 'capabilities'>;

function container({ image, timeZone, resources, capabilities }: ContainerProps): Plain<Container> {
  const probe = { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 5 };
  return {
    name: NAME,
    image,
    env: [{ name: 'TZ', value: timeZone }],
    ports: [{ name: 'http', containerPort: PORT }],
    resources,
    // The first start installs Python packages, which takes minutes on a small machine.
    startupProbe: { ...probe, periodSeconds: 10, failureThreshold: 90 },
    livenessProbe: { ...probe, periodSeconds: 30, failureThreshold: 4 },
    readinessProbe: { ...probe, periodSeconds: 10 },
    // As tight as its own image allows. It starts as root or not at all (s6-overlay makes /run/s6: home-assistant/core
    // #75901, #174179) and writes into its own file system (packages, /run), but needs no capability of root and gains
    // none (tried by siutsin/otaru#2768: all dropped, it starts and serves).
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: capabilities },
    },
    volumeMounts: [{ name: 'config', mountPath: '/config' }],
  };
}
