import { linux, multipath } from './linux.ts';
import type { RouterTraits } from './router.ts';

export const bird: RouterTraits = {
  title: 'BIRD',
  save: '`cp -a /etc/bird/bird.conf /etc/bird/bird.conf.before-flatlan`',
  restore: 'copy that file back and `birdc configure`',
  neighbors: '`birdc show protocols`',
  waiting: '`start` with `Active` or `Connect`',
  established: '`up` with `Established`',
  routes: '`birdc show route`',
  discard: (subnet) => `a static protocol with preference 1 and: \`route ${String(subnet)} blackhole\``,
  ...linux,
  multipath: {
    paths: multipath.paths,
    note: (subnet) =>
      `BIRD writes several next hops with \`merge paths on\` in its protocol \`kernel\` only. ${multipath.note(subnet)}`,
  },
};
