/** What two people do in most tests: one calls the other, and they hear each other's tone. */
import { expect } from 'vitest';
import type { CallOptions } from '../../sdk/src/index.js';
import type { Person } from './person.js';

/** Somebody calls `bob`, who takes it; on return both are in the call. Gives its id. */
export async function talk(caller: Person, bob: Person, options?: CallOptions): Promise<string> {
  const answering = bob.does('answerNext');
  await caller.call('bob', options);
  await answering;
  expect(await Promise.all([caller.does('whenUp'), bob.does('whenUp')])).toEqual([true, true]);
  return (await caller.facts()).id;
}

/** Lets somebody take whatever comes, one call after the other, and keep none of them in mind. */
export async function takesAllCalls(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    const answer = (): Promise<void> => window.harness.answerNext().then(answer);
    void answer();
  });
}

/** One hears the other's tone, as soon as a browser on a busy machine has come round to it. */
export async function hears(ear: Person, voice: Person, ms = 6_000): Promise<void> {
  const hear = async (): Promise<number> => (await ear.hears(voice, 800)).ratio;
  await expect.poll(hear, { timeout: ms, interval: 10 }).toBeGreaterThan(20);
}

/** Each hears the other. */
export async function hearEachOther(one: Person, other: Person, ms?: number): Promise<void> {
  await hears(one, other, ms);
  await hears(other, one, ms);
}
