/** The names of VLAN interfaces, as every distribution makes them: `eth0.20` lies on eth0 and carries VLAN 20. */

const NAME = /^(?<parent>.+)\.(?<number>[1-9][0-9]{0,3})$/;

/** The interface whose cable carries the tag: what stands before the number, or the interface itself. */
export function parentOf(name: string): string {
  return NAME.exec(name)?.groups?.parent ?? name;
}

/** 20 of `eth0.20`. */
export function vlanInName(name: string): number | undefined {
  const number = NAME.exec(name)?.groups?.number;
  return number === undefined ? undefined : Number(number);
}

/** IFNAMSIZ is 16 with its final NUL (Linux, if.h). */
const LONGEST_NAME = 15;

/** The VLAN's own device: the interface, where it is called after a VLAN, else one on it. */
export function vlanDevice(name: string, number: number): string {
  if (vlanInName(name) !== undefined) return name;
  const usual = `${name}.${number}`;
  return usual.length <= LONGEST_NAME ? usual : `vlan${number}`;
}
