/** Every object of the subchart multus. Without a configuration there is none. */
import type { Construct } from 'constructs';
import type { Source } from '../../source.ts';
import type { MultusValues } from '../../values/multus.ts';
import { Account } from '../account.ts';
import { mayGetDaemonSet } from '../own-daemon-set.ts';
import { PartsOf, type Parts } from '../parts.ts';
import { MULTUS, MultusDaemonSet } from './daemon-set.ts';
import { StatusPolicy } from './status-policy.ts';

export function multusParts(scope: Construct, values: Source<MultusValues>): Parts {
  const { namespace, nodeImage } = values.release;
  const parts = new PartsOf(scope);
  values.given(
    parts.part('access'),
    'conf',
    (at) =>
      new Account(at, 'account', {
        name: MULTUS,
        namespace,
        // The token lies on every node's disk: what Multus asks, and no more (docs/facts.md#what-multus-asks).
        cluster: [
          { apiGroups: ['k8s.cni.cncf.io'], resources: ['network-attachment-definitions'], verbs: ['get'] },
          { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
          { apiGroups: [''], resources: ['pods/status'], verbs: ['update'] },
          { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
        ],
        inside: mayGetDaemonSet(namespace, MULTUS),
      }),
  );
  values.given(parts.part('status-policy'), 'conf', (at) => new StatusPolicy(at, 'status', { account: MULTUS }));
  values.given(parts.part('daemon-set'), 'conf', (at, conf) => {
    // Multus looks in this namespace for a network of the cluster network's name: it must be nobody else's.
    const text = values.json(conf, { multusNamespace: namespace });
    new MultusDaemonSet(at, 'multus', {
      namespace,
      conf: text,
      digest: values.digest(text),
      confDir: values.field(conf, 'confDir'),
      clusterNetwork: values.field(conf, 'clusterNetwork'),
      binDir: values.field(conf, 'binDir'),
      image: values.value('image'),
      nodeImage,
      resources: values.value('resources'),
      tolerations: values.value('tolerations'),
    });
  });
  return parts.all;
}
