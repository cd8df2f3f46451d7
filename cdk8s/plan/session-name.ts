/** The name of the session of a router with the nodes of a network; that of its BGPPeer and of its BGPFilter. */
export function sessionName(router: string, network: string, networks: number): string {
  return networks > 1 ? `${router}-${network}` : router;
}
