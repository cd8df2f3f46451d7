import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';

/** Asks until the answer is this one; throws with the last answer when so many seconds are over. */
export async function until<Answer>(
  what: string,
  seconds: number,
  ask: () => Promise<Answer>,
  wanted: Answer,
): Promise<void> {
  await waitFor(what, seconds * 1000, async () => {
    const answer = await ask();
    return JSON.stringify(answer) === JSON.stringify(wanted) || new NotYet(JSON.stringify(answer));
  });
}
