/** A process that builds a lab with daemons, tells its namespaces, and then does nothing until it is killed. */
import { startBird } from '../../cdk8s/lab/bird.ts';
import { startDnsmasq } from '../../cdk8s/lab/dnsmasq.ts';
import { startFrr } from '../../cdk8s/lab/frr.ts';
import { startLab } from '../../cdk8s/lab/lab.ts';

const lab = await startLab();
const lan = await lab.segment('lan');
const router = await lab.host('router');
const node = await lab.host('node');
await router.join(lan, 'eth0', '192.0.2.1/24');
await node.join(lan, 'eth0', '192.0.2.11/24');
await startFrr(router, 'hostname router\n');
await startDnsmasq(router, 'port=0\ndhcp-range=192.0.2.100,192.0.2.200\n');
await startBird(node, 'router id 192.0.2.11;\nprotocol device {}\n');
// One that ignores what it is asked, and one in a session of its own whose parent is gone.
await node.start('deaf', ['sh', '-c', 'trap "" HUP INT TERM; setsid sleep 1000 & sleep 1000']);
// A command under way.
void node.run(['sleep', '1000'], { timeout: 600_000 }).catch(() => undefined);
console.log(JSON.stringify(lab.namespaces()));
setInterval(() => undefined, 1_000_000);
