/** Every object of the subchart bridge. Without settings there is none. */
import type { Construct } from 'constructs';
import type { Source } from '../../source.ts';
import type { BridgeValues } from '../../values/bridge.ts';
import { Account } from '../account.ts';
import { mayGetDaemonSet } from '../own-daemon-set.ts';
import { PartsOf, type Parts } from '../parts.ts';
import { BRIDGE, BridgeDaemonSet } from './daemon-set.ts';

export function bridgeParts(scope: Construct, values: Source<BridgeValues>): Parts {
  const { namespace, nodeImage } = values.release;
  const parts = new PartsOf(scope);
  values.given(
    parts.part('access'),
    'settings',
    (at) =>
      new Account(at, 'account', { name: BRIDGE, namespace, cluster: [], inside: mayGetDaemonSet(namespace, BRIDGE) }),
  );
  values.given(
    parts.part('daemon-set'),
    'settings',
    (at, settings) =>
      new BridgeDaemonSet(at, 'bridge', {
        namespace,
        settings: values.json(settings),
        listen: values.value('listen'),
        hostConfDir: values.value('hostConfDir'),
        hostBinDir: values.value('hostBinDir'),
        image: nodeImage,
        resources: values.value('resources'),
        tolerations: values.value('tolerations'),
      }),
  );
  return parts.all;
}
