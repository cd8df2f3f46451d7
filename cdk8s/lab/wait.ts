/** Waiting for a condition, with a bound. Nothing in the lab sleeps. */

const pollMilliseconds = 50;

/** Why an answer is still awaited; the last one stands in the message when time is up. */
export class NotYet {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Asks until the answer is anything but NotYet. An error thrown by `ask` ends the wait. Where asking is dear, it takes a
 * longer `pause` in between.
 */
export async function waitFor<Answer>(
  what: string,
  timeout: number,
  ask: () => Promise<Answer | NotYet>,
  pause = pollMilliseconds,
): Promise<Answer> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (!(answer instanceof NotYet)) return answer;
    if (Date.now() >= end) throw new Error(`${what}: not within ${timeout} ms; ${answer.reason}`);
    await new Promise((done) => setTimeout(done, pause));
  }
}
