/** Whether there are enough blocks of pod addresses for the nodes. */
import { blockCount } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { counted } from '../wording.ts';
import { reservedBlocks } from './pods-on-lan.ts';
import { usesCalico } from './view/topology.ts';

/** The kubelet's default for --max-pods. */
export const PODS_PER_NODE = 110;

interface Room {
  readonly blocks: number;
  readonly nodes: number;
  /** `192.168.4.0/24 has 256 addresses, 4 blocks of 64 (/26)` */
  readonly arithmetic: string;
  readonly addressesPerBlock: number;
}

/** How many blocks there are; undefined if pods use none, or if not even one fits (pods/smaller-than-block). */
function roomOf(checked: CheckedPlan): Room | undefined {
  const { subnet, blockSize } = checked.plan.pods ?? {};
  if (!subnet || blockSize === undefined || usesCalico(checked.plan) !== true) return undefined;
  const all = blockCount(subnet, blockSize);
  if (all === 0) return undefined;
  const addressesPerBlock = 2 ** (32 - blockSize);
  const reserved = reservedBlocks(checked);
  const blocks = all - reserved;
  const less = reserved === 0 ? '' : `, minus ${reserved} reserved`;
  const arithmetic = `${String(subnet)} has ${counted(subnet.size, 'address', 'addresses')}, ${counted(all, 'block')} of ${addressesPerBlock} (/${blockSize})${less}`;
  return { blocks, nodes: entries(checked.plan.nodes).length, arithmetic, addressesPerBlock };
}

/** The longest prefix whose subnet has this many blocks. */
function wideEnough(blocks: number, addressesPerBlock: number): string {
  return `/${Math.max(0, 32 - Math.ceil(Math.log2(blocks * addressesPerBlock)))}`;
}

export function* smallerThanBlock({ plan }: CheckedPlan): Iterable<Violation> {
  const { subnet, blockSize } = plan.pods ?? {};
  const nodes = Math.max(1, entries(plan.nodes).length);
  if (!subnet || blockSize === undefined || usesCalico(plan) === false || blockCount(subnet, blockSize) > 0) return;
  yield {
    at: ['pods', 'subnet'],
    problem: `${String(subnet)} has ${counted(subnet.size, 'address', 'addresses')}, fewer than the ${2 ** (32 - blockSize)} of one block (/${blockSize})`,
    remedy: `choose a subnet of at least ${wideEnough(nodes, 2 ** (32 - blockSize))}, one block per node, or smaller blocks (a larger blockSize)`,
  };
}

export function* tooFewBlocks(checked: CheckedPlan): Iterable<Violation> {
  const room = roomOf(checked);
  if (!room || room.blocks >= room.nodes) return;
  yield {
    at: ['pods', 'subnet'],
    problem: `${room.arithmetic}: too few for ${counted(room.nodes, 'node')}, which take one each`,
    remedy: `choose a subnet of at least ${wideEnough(room.nodes, room.addressesPerBlock)}, or smaller blocks (a larger blockSize)`,
  };
}

export function* fewBlocks(checked: CheckedPlan): Iterable<Violation> {
  const room = roomOf(checked);
  if (!room || room.blocks < room.nodes) return;
  const each = Math.ceil(PODS_PER_NODE / room.addressesPerBlock);
  const wanted = room.nodes * each;
  if (room.blocks >= wanted) return;
  yield {
    at: ['pods', 'subnet'],
    problem: `${room.arithmetic}; ${counted(room.nodes, 'node')} with ${PODS_PER_NODE} pods each need ${room.nodes} x ${each} = ${wanted} blocks`,
    remedy: `choose a subnet of at least ${wideEnough(wanted, room.addressesPerBlock)}, or run fewer pods per node (maxPods of the kubelet)`,
  };
}
