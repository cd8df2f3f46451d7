/** Every object of the subchart attachments. Without a definition there is none. */
import type { Construct } from 'constructs';
import type { Source } from '../../source.ts';
import type { AttachmentsValues } from '../../values/attachments.ts';
import { Account } from '../account.ts';
import { PartsOf, type Parts } from '../parts.ts';
import { AttachmentPolicy } from './policy.ts';
import { ATTACHMENTS, AttachmentsDaemonSet } from './daemon-set.ts';
import { Healer } from './healer.ts';
import { NetworkAttachment } from './network-attachment.ts';

export function attachmentsParts(scope: Construct, values: Source<AttachmentsValues>): Parts {
  const { namespace, nodeImage } = values.release;
  const parts = new PartsOf(scope);
  values.given(
    parts.part('access'),
    'definitions',
    (at) =>
      new Account(at, 'account', {
        name: ATTACHMENTS,
        namespace,
        // To tell people what happened to their pod.
        cluster: [{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }],
      }),
  );
  values.given(
    parts.part('daemon-set'),
    'definitions',
    (at) =>
      new AttachmentsDaemonSet(at, 'attachments', {
        namespace,
        agent: values.json(values.value('agent'), { pins: values.value('pins'), access: values.value('access') }),
        listen: values.value('listen'),
        hostBinDir: values.value('hostBinDir'),
        hostNetnsDir: values.value('hostNetnsDir'),
        image: nodeImage,
        resources: values.value('resources'),
        tolerations: values.value('tolerations'),
        affinity: values.value('affinity'),
      }),
  );
  values.each(
    parts.part('definitions'),
    'definitions',
    (at, name, definition) =>
      new NetworkAttachment(at, 'definition', {
        name,
        namespace: values.field(definition, 'namespace'),
        config: values.json(values.field(definition, 'config')),
      }),
  );
  values.given(
    parts.part('policy'),
    'access',
    (at, access) =>
      new AttachmentPolicy(at, 'policy', {
        access: values.json(access),
        pins: values.json(values.value('pins')),
        ranges: values.json(values.value('ranges')),
        addresses: values.json(values.value('addresses')),
      }),
  );
  values.given(parts.part('healer'), 'healer', (at) => new Healer(at, 'healer', { namespace, image: nodeImage }));
  return parts.all;
}
