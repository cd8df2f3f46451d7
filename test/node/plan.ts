/** The plan of the house: hybrid (S4), with a node whose bridge on the LAN is there for pods only. */
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { planWith } from '../plans/fixtures.ts';

export const housePlan: Network = planWith(
  'hybrid',
  'mac: "00:15:5d:02:cb:0b", address: dhcp',
  'mac: "00:15:5d:02:cb:0b", address: none',
);
