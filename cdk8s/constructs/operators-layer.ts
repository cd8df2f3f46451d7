/**
 * What the operators layer brings beside upstream's charts: the attachment CRD, the plan's namespaces, and a right that
 * MetalLB's chart leaves out.
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

export interface OperatorsLayerValues {
  /** By name. */
  readonly namespaces: Readonly<Record<string, object>>;
}

/** An object that somebody else may have made already. It is used as it stands then. */
export interface SharedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface OperatorsLayerProps {
  readonly versions: Pick<ChartVersions, 'metallb'>;
  /** The ServiceAccount of MetalLB's controller. */
  readonly metallbAccount: string;
  /** A scope whose objects are made where this one is free to make. */
  readonly ifFree: (scope: Construct, object: SharedObject) => Construct;
}

export function operatorsLayer(
  scope: Construct,
  values: Source<OperatorsLayerValues>,
  { versions, metallbAccount, ifFree }: OperatorsLayerProps,
): Parts {
  const parts = new PartsOf(scope);
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: ATTACHMENT_CRD };
  new AttachmentCrd(ifFree(parts.part('attachment-crd'), crd), 'crd');
  if (metallbWithoutOwnPod.has(versions.metallb))
    new ControllerAccess(parts.part(METALLB_ACCESS), 'access', {
      namespace: values.release.namespace,
      account: metallbAccount,
    });
  values.each(
    parts.part('namespaces'),
    'namespaces',
    (at, name) => new KeptNamespace(ifFree(at, { apiVersion: 'v1', kind: 'Namespace', name }), 'namespace', name),
  );
  return parts.all;
}
