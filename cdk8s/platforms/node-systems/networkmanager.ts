/**
 * NetworkManager (nm-settings-nmcli(5); NetworkManager.conf(5), unmanaged-devices; docs.tigera.io, "Configure NetworkManager": it
 * takes the routes of interfaces that it manages for its own). `veth*`: ports of pods on a bridge.
 */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkmanager: NodeSystemTraits = {
  title: 'NetworkManager',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  withoutAddress: '`ipv4.method disabled`, `ipv6.method disabled`',
  ignoreDhcpRouter: '`ipv4.never-default yes`',
  leaveAlone:
    'write `[keyfile]` and `unmanaged-devices=interface-name:cali*;interface-name:veth*` to a file under `/etc/NetworkManager/conf.d`',
  sourceRulesAt: undefined,
  trial: undefined,
};
