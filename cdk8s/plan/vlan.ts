/** The names of VLAN interfaces, as in every distribution: `eth0.20` is on top of eth0 and carries VLAN 20. */

const NAME = /^(?<parent>.+)\.(?<number>[1-9][0-9]{0,3})$/;

/** The parent interface, whose cable carries the tag: the part before the number, or the interface itself. */
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

/** The device of the VLAN: the interface if it is named after a VLAN, otherwise a VLAN device on top of it. */
export function vlanDevice(name: string, number: number): string {
  if (vlanInName(name) !== undefined) return name;
  const usual = `${name}.${number}`;
  return usual.length <= LONGEST_NAME ? usual : `vlan${number}`;
}
