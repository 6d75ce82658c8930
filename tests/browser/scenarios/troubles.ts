/** The scenes about what goes wrong, and about what is done within calls and after them. Written once, for every API. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { stillness } from '../recorder.js';
import { room } from '../speech.js';
import { outdated, resigned } from '../tokens.js';
import { calls, type Play, part, ring, take, talk } from './scenes.js';
import type { Stage } from './stage.js';

export const dropWhileRinging: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  alice.line.cut();
  await alice.untilOnline(false);
  // Told when she is back.
  await bob.accept(alice);
  alice.line.mend();
  await alice.untilOnline(true);
  await talk(alice, bob);
  await part(alice, bob);
};

export const dropInCall: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await bob.accept(alice);
  await Promise.all([alice.until('up', bob), bob.until('up', alice)]);
  alice.line.cut();
  await alice.untilOnline(false);
  await talk(alice, bob);
  alice.line.mend();
  await alice.untilOnline(true);
  await part(alice, bob);
};

/** Somebody with such a token stays outside. */
const outside =
  (change: () => Record<string, unknown>, secret?: string): Play =>
  async (stage) => {
    const alice = await stage.arrive('alice');
    const { server } = stage.house.env;
    const token = resigned(await stage.token('alice'), change(), secret ?? server.secret);
    await alice.login(token);
    expect(await alice.page.evaluate(() => window.phone.online())).toBe(false);
  };

export const tokenExpired: Play = outside(outdated);
export const tokenForged: Play = outside(() => ({}), 'guessed');
export const tokenWithoutGrant: Play = outside(() => ({
  grants: { voice: { incoming: false, outgoing: false } },
}));

/** A call without a microphone rings nowhere; as soon as there is one, the next call does. */
async function voiceless(stage: Stage, take: () => void, giveBack: () => void): Promise<void> {
  const [alice, bob] = await Promise.all([stage.enter('alice'), stage.enter('bob')]);
  await alice.page.evaluate(take);
  await alice.call(bob);
  await expect.poll(() => alice.emitted()).not.toEqual([]);
  await expect.poll(() => alice.state(bob)).toMatch(/^(none|ended)$/);
  await alice.page.evaluate(giveBack);
  await calls(alice, bob);
  await part(alice, bob);
}

export const noMicrophone: Play = (stage) =>
  voiceless(
    stage,
    () => window.fakeMicrophones.unplug('desk'),
    () => window.fakeMicrophones.plug({ id: 'desk', hz: 620 }),
  );

export const microphoneDenied: Play = (stage) =>
  voiceless(
    stage,
    () => window.fakeMicrophones.forbid(true),
    () => window.fakeMicrophones.forbid(false),
  );

export const unplugged: Play = async (stage) => {
  const HEADSET_HZ = 830;
  const [alice, bob] = await Promise.all([
    stage.enter(
      'alice',
      {},
      {
        fakeMicrophones: [
          { id: 'headset', hz: HEADSET_HZ },
          { id: 'desk', hz: 620 },
        ],
      },
    ),
    stage.enter('bob'),
  ]);
  await calls(alice, bob);
  await bob.accept(alice);
  await bob.until('up', alice);
  await bob.hears(alice, HEADSET_HZ);
  await alice.page.evaluate(() => window.fakeMicrophones.unplug('headset'));
  await bob.hears(alice);
  expect(await alice.page.evaluate(() => window.fakeMicrophones.on())).toEqual(['desk']);
};

export const noise: Play = async (stage) => {
  // Without a voice to set against it, the network takes some noise for one.
  const noisy = room(5, ['Who is there?']);
  const wave = readFileSync(noisy.file).toString('base64');
  const [alice, bob] = await Promise.all([
    // Most headsets have another rate than the network, which knows 48 kHz only.
    stage.enter(
      'alice',
      { noise: true },
      { fakeMicrophones: [{ id: 'desk', wave }], rate: 44_100 },
    ),
    stage.enter('bob'),
  ]);
  await calls(alice, bob);
  await bob.accept(alice);
  await bob.until('up', alice);
  const level = async (): Promise<number> => stillness(await bob.listen(alice, noisy.seconds));
  const patient = { timeout: 15_000, interval: 20 };
  await expect.poll(level, patient).toBeGreaterThan(-40);
  expect(await alice.reduceNoise(true)).toBe(true);
  await expect.poll(level, patient).toBeLessThan(-50);
  expect(await alice.reduceNoise(true)).toBe(false);
  expect(await alice.reduceNoise(false)).toBe(true);
  await expect.poll(level, patient).toBeGreaterThan(-40);
};

export const feedback: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await take(bob, alice);
  await part(alice, bob);
  const id = await alice.id(bob);
  await alice.rate(bob, 2);
  const { server } = stage.house.env;
  await server.record(id);
  const { items } = await server.api<{ items: object[] }>('GET', `/calls/${id}/feedback`);
  expect(items).toMatchObject([{ party: alice.name, score: 2, issues: ['echo'] }]);
};

export const closeProtection: Play = async (stage) => {
  const [alice, bob] = await Promise.all([
    stage.enter('alice', { closeProtection: true }),
    stage.enter('bob'),
  ]);
  expect(await alice.asks()).toBe(false);
  await calls(alice, bob);
  await take(bob, alice);
  expect(await alice.asks()).toBe(true);
  expect(await bob.asks()).toBe(false);
  await part(bob, alice);
  expect(await alice.asks()).toBe(false);
};
