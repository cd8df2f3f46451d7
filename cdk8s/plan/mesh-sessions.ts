/** How many BGP sessions there are in a mesh of so many nodes: one for each pair. */
export function meshSessions(nodes: number): number {
  return (nodes * (nodes - 1)) / 2;
}
