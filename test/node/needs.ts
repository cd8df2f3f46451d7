/** What tests with a cluster of nodes want of this machine. */
import { lackOfCgroups } from '../../cdk8s/lab/cgroups.ts';
import { lackOfShared } from '../cluster/shared.ts';
import type { LabNeeds } from '../lab/describe-lab.ts';
import { controlTools } from './control.ts';
import { imageTools } from './images.ts';
import { nodeTools } from './node.ts';

const noShared = lackOfShared();
const shared = noShared === undefined ? undefined : { reason: noShared, kernel: false };

export const clusterNeeds: LabNeeds = {
  programs: ['vtysh', 'bird', 'dnsmasq', 'runc'],
  kernel: ['nat', 'overlay'],
  tools: [...controlTools, ...nodeTools, ...imageTools],
  lacks: [lackOfCgroups(), shared],
};
