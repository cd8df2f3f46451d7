/**
 * What the first layer of a plan brings: the attachment CRD and the plan's namespaces; the operators layer also a right that
 * MetalLB's chart leaves out, beside upstream's charts.
 */
import type { Construct } from 'constructs';
import { metallbWithoutOwnPod, type ChartVersions } from '../plan/versions.ts';
import type { Source } from '../source.ts';
import { ControllerAccess } from './metallb/controller-access.ts';
import { PartsOf, type Parts } from './parts.ts';
import { ATTACHMENT_CRD, AttachmentCrd } from './release/attachment-crd.ts';
import { KeptNamespace } from './release/namespaces.ts';

/** The part that is for MetalLB alone. */
export const METALLB_ACCESS = 'metallb-controller-access';

export interface FirstLayerValues {
  /** By name. */
  readonly namespaces: Readonly<Record<string, object>>;
}

/** An object that somebody else may have made already. It is used as it stands then. */
export interface SharedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface PrerequisitesProps {
  /** A scope whose objects are made where this one is free to make. */
  readonly ifFree: (scope: Construct, object: SharedObject) => Construct;
}

export interface OperatorsLayerProps extends PrerequisitesProps {
  readonly versions: Pick<ChartVersions, 'metallb'>;
  /** The ServiceAccount of MetalLB's controller. */
  readonly metallbAccount: string;
}

export function operatorsLayer(
  scope: Construct,
  values: Source<FirstLayerValues>,
  { versions, metallbAccount, ifFree }: OperatorsLayerProps,
): Parts {
  const parts = new PartsOf(scope);
  attachmentCrd(parts, ifFree);
  if (metallbWithoutOwnPod.has(versions.metallb))
    new ControllerAccess(parts.part(METALLB_ACCESS), 'access', {
      namespace: values.release.namespace,
      account: metallbAccount,
    });
  namespaces(parts, values, ifFree);
  return parts.all;
}

/** The whole layer of that name, where a plan has no Calico. */
export function prerequisitesLayer(
  scope: Construct,
  values: Source<FirstLayerValues>,
  { ifFree }: PrerequisitesProps,
): Parts {
  const parts = new PartsOf(scope);
  attachmentCrd(parts, ifFree);
  namespaces(parts, values, ifFree);
  return parts.all;
}

function attachmentCrd(parts: PartsOf, ifFree: PrerequisitesProps['ifFree']): void {
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: ATTACHMENT_CRD };
  new AttachmentCrd(ifFree(parts.part('attachment-crd'), crd), 'crd');
}

function namespaces(parts: PartsOf, values: Source<FirstLayerValues>, ifFree: PrerequisitesProps['ifFree']): void {
  values.each(
    parts.part('namespaces'),
    'namespaces',
    (at, name) => new KeptNamespace(ifFree(at, { apiVersion: 'v1', kind: 'Namespace', name }), 'namespace', name),
  );
}
