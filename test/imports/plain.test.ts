/** Most of this file is checked by `npm run typecheck`: an expected error that is none fails there. */
import { describe, expect, test } from '@jest/globals';
import { type InstallationSpec, type InstallationSpecComponentResourcesResourceRequirements } from '../../imports/operator.tigera.io.ts';
import {
  BgpFilter,
  type BgpFilterSpec,
  BgpPeer,
  type BgpPeerSpec,
  BgpPeerSpecNextHopMode,
  type FelixConfigurationSpec,
} from '../../imports/projectcalico.org.ts';
import type { Plain } from '../../cdk8s/plain.ts';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** True where each type takes the other's values; `any`, which takes all, is the same as itself only. */
type Same<A, B> = [A, B, IsAny<A>] extends [B, A, IsAny<B>] ? true : false;

/** Fails to compile where the types differ. */
function same<A, B>(...difference: Same<A, B> extends true ? [] : [A, B]): void {
  expect(difference).toEqual([]);
}

describe('what a generated type becomes', () => {
  test('an enum: the text of its values', () => {
    same<Plain<BgpPeerSpecNextHopMode>, 'Auto' | 'Self' | 'Keep'>();
    same<Plain<BgpPeerSpec>['nextHopMode'], 'Auto' | 'Self' | 'Keep' | undefined>();
    // The generated constant still fits.
    ({ nextHopMode: BgpPeerSpecNextHopMode.AUTO }) satisfies Plain<BgpPeerSpec>;
  });

  test('a wrapper: number or string', () => {
    same<Plain<FelixConfigurationSpec>['natPortRange'], number | string | undefined>();
    same<Required<Plain<InstallationSpecComponentResourcesResourceRequirements>>['limits'], Readonly<Record<string, number | string>>>();
  });

  test('a field called value: what it is', () => {
    interface Text {
      readonly value: string;
    }
    interface MaybeNumber {
      readonly value?: number;
    }
    same<Plain<Text>, Text>();
    same<Plain<MaybeNumber>, MaybeNumber>();
    ({ importV4: [{ action: 'Accept', operations: [{ setPriority: { value: 512 } }] }] }) satisfies Plain<BgpFilterSpec>;
  });

  test('a date: text', () => {
    same<Plain<{ readonly since?: Date }>, { readonly since?: string }>();
  });

  test('plain types: themselves', () => {
    same<Plain<string>, string>();
    same<Plain<number>, number>();
    same<Plain<boolean>, boolean>();
    same<Plain<unknown>, unknown>();
    same<Plain<any>, any>(); // eslint-disable-line @typescript-eslint/no-explicit-any
    same<Plain<undefined>, undefined>();
  });

  test('an array: read-only, its elements plain', () => {
    same<Plain<BgpPeerSpecNextHopMode[]>, readonly ('Auto' | 'Self' | 'Keep')[]>();
    const filters: readonly string[] = ['site'];
    ({ filters }) satisfies Plain<BgpPeerSpec>;
  });

  test('a member: optional where it was, never undefined in so many words', () => {
    ({}) satisfies Plain<BgpPeerSpec>;
    // @ts-expect-error absent or a string
    ({ peerIP: undefined }) satisfies Plain<BgpPeerSpec>;
    // @ts-expect-error an action is required
    ({ importV4: [{ cidr: '10.0.0.0/8' }] }) satisfies Plain<BgpFilterSpec>;
  });
});

test('what does not fit is refused', () => {
  // @ts-expect-error no such mode
  ({ nextHopMode: 'auto' }) satisfies Plain<BgpPeerSpec>;
  // @ts-expect-error no such field
  ({ peerIp: '10.10.0.1' }) satisfies Plain<BgpPeerSpec>;
  // @ts-expect-error no such dataplane, three levels down
  ({ calicoNetwork: { linuxDataplane: 'eBPF' } }) satisfies Plain<InstallationSpec>;
  // @ts-expect-error a number is wanted
  ({ asNumber: '64512' }) satisfies Plain<BgpPeerSpec>;
});

test('plain data is what the API server reads: the generated class prints it unchanged', () => {
  const peer = {
    peerIP: '10.10.0.1',
    asNumber: 64501,
    localASNumber: 64512,
    numAllowedLocalASNumbers: 1,
    nextHopMode: 'Self',
    password: { secretKeyRef: { name: 'bgp', key: 'router' } },
  } satisfies Plain<BgpPeerSpec>;
  expect(BgpPeer.manifest({ metadata: {}, spec: peer as unknown as BgpPeerSpec })).toMatchObject({ spec: peer });

  const filter = {
    exportV4: [{ action: 'Accept', operations: [{ prependASPath: { prefix: [64512] } }] }],
  } satisfies Plain<BgpFilterSpec>;
  expect(BgpFilter.manifest({ metadata: {}, spec: filter as unknown as BgpFilterSpec })).toMatchObject({ spec: filter });
});
