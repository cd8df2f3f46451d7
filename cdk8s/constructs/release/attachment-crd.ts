/**
 * The CRD NetworkAttachmentDefinition, from the Network Custom Resource Definition De-facto Standard, version 1.3, section
 * 3.2: its group, version and names, and a spec that holds a CNI configuration as text. It is kept when the release is
 * removed: other charts define networks, too, and with a CRD all its objects are deleted.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

export const ATTACHMENT_CRD = 'network-attachment-definitions.k8s.cni.cncf.io';

const schema = {
  type: 'object',
  description: 'A network that a pod can join in addition to the cluster network, by an annotation with its name.',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        config: {
          type: 'string',
          description: 'A CNI configuration as JSON. Without it, the node must have a configuration file of this name.',
        },
      },
    },
  },
};

export class AttachmentCrd extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new ApiObject(this, 'kind', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: ATTACHMENT_CRD, labels: partOf, annotations: { [RESOURCE_POLICY]: 'keep' } },
      spec: {
        group: 'k8s.cni.cncf.io',
        scope: 'Namespaced',
        names: {
          plural: 'network-attachment-definitions',
          singular: 'network-attachment-definition',
          kind: 'NetworkAttachmentDefinition',
          listKind: 'NetworkAttachmentDefinitionList',
          shortNames: ['net-attach-def'],
        },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    });
  }
}
