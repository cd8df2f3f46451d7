/**
 * The kernel settings of nodes. A new one is a line here: STEPS prints and checks what a node has.
 * test/plan/resolve-house.test.ts names them all, and `npm run synth` writes them to overlays/.
 */

/** Values by name. Every node passes packets on: those of its pods. */
export const SYSCTLS: Readonly<Record<string, string>> = { 'net.ipv4.ip_forward': '1' };
