/** The scenes about calls: how they begin, who takes them, how they end. Written once, for every API. */
import { expect } from 'vitest';
import type { LoginOptions, Phone } from './phone.js';
import type { Stage } from './stage.js';

/** For scenes without an answer. */
const BRIEF_S = 2;

/** What happens in a scene. */
export type Play = (stage: Stage) => Promise<void>;

/** A caller and Bob, whose phone rings. */
export async function ring(
  stage: Stage,
  options: LoginOptions = {},
): Promise<{ alice: Phone; bob: Phone }> {
  const [alice, bob] = await Promise.all([stage.enter('alice'), stage.enter('bob', options)]);
  await calls(alice, bob);
  return { alice, bob };
}

/** Somebody calls, until both ends say so. */
export async function calls(caller: Phone, callee: Phone): Promise<void> {
  await caller.call(callee);
  await Promise.all([callee.until('incoming', caller), caller.until('ringing', callee)]);
}

/** A call that rings is taken, and both hear each other. */
export async function take(callee: Phone, caller: Phone): Promise<void> {
  await callee.accept(caller);
  await talk(callee, caller);
}

/** The call is up, and both hear each other. */
export async function talk(one: Phone, other: Phone): Promise<void> {
  await Promise.all([one.until('up', other), other.until('up', one)]);
  await Promise.all([one.hears(other), other.hears(one)]);
}

/** Somebody hangs up, and both are told. */
export async function part(leaver: Phone, other: Phone): Promise<void> {
  await leaver.hangUp();
  await Promise.all([leaver.until('ended', other), other.until('ended', leaver)]);
}

/** Bob, who rings twice. */
async function ringTwice(stage: Stage): Promise<{ alice: Phone; amy: Phone; bob: Phone }> {
  const [{ alice, bob }, amy] = await Promise.all([
    ring(stage, { several: true }),
    stage.enter('amy'),
  ]);
  await calls(amy, bob);
  return { alice, amy, bob };
}

export const outbound: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await take(bob, alice);
  await part(alice, bob);
};

export const inbound: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await take(bob, alice);
  await part(bob, alice);
  const { caller, legs } = await stage.house.env.server.record(await alice.id(bob));
  expect(caller).toContain(alice.name);
  expect(legs.find(({ peer }) => peer.includes(bob.name))?.ended_by).toBe('peer');
};

export const remoteHangUp: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await take(bob, alice);
  await part(bob, alice);
  // The microphone is let go, and the next call finds it and the line free.
  await expect.poll(() => alice.page.evaluate(() => window.fakeMicrophones.on())).toEqual([]);
  await calls(alice, bob);
  await part(alice, bob);
};

export const cancel: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await part(alice, bob);
};

export const reject: Play = async (stage) => {
  const { alice, bob } = await ring(stage);
  await bob.reject(alice);
  await Promise.all([alice.until('ended', bob), bob.until('ended', alice)]);
};

export const ignore: Play = async (stage) => {
  stage.ringFor('alice', BRIEF_S);
  const { alice, bob } = await ring(stage);
  await bob.ignore(alice);
  await bob.until('ignored', alice);
  // It rings on for her, until the time limit.
  expect(await alice.state(bob)).toBe('ringing');
  await alice.until('ended', bob);
};

export const busy: Play = async (stage) => {
  stage.ringFor('amy', BRIEF_S);
  const [{ alice, bob }, amy] = await Promise.all([ring(stage), stage.enter('amy')]);
  await take(bob, alice);
  await amy.call(bob);
  await amy.until('ended', bob);
  await talk(alice, bob);
};

export const othersRejected: Play = async (stage) => {
  const { alice, amy, bob } = await ringTwice(stage);
  await bob.accept(alice, 'reject');
  await amy.until('ended', bob);
  await talk(alice, bob);
};

export const othersIgnored: Play = async (stage) => {
  const { alice, amy, bob } = await ringTwice(stage);
  await bob.accept(alice, 'ignore');
  await talk(alice, bob);
  expect(await amy.state(bob)).toBe('ringing');
  expect(await bob.state(amy)).toBe('ignored');
  await amy.hangUp();
  await amy.until('ended', bob);
};

export const othersRing: Play = async (stage) => {
  const { alice, amy, bob } = await ringTwice(stage);
  await bob.accept(alice, 'letring');
  await Promise.all([alice.until('up', bob), bob.until('up', alice)]);
  expect(await amy.state(bob)).toBe('ringing');
  expect(await bob.state(amy)).toBe('incoming');
  await bob.accept(amy, 'letring');
  await Promise.all([alice.until('ended', bob), bob.until('ended', alice)]);
  await talk(amy, bob);
};

export const oneAtATime: Play = async (stage) => {
  const [{ alice, bob }, amy] = await Promise.all([ring(stage), stage.enter('amy')]);
  await amy.call(bob);
  await amy.until('ended', bob);
  expect(await bob.state(amy)).toBe('none');
  await bob.accept(alice);
  await bob.until('up', alice);
};

export const several: Play = async (stage) => {
  const [{ alice, bob }, amy] = await Promise.all([
    ring(stage, { several: true }),
    stage.enter('amy'),
  ]);
  await bob.accept(alice);
  await Promise.all([alice.until('up', bob), bob.until('up', alice)]);
  await calls(amy, bob);
  await bob.reject(amy);
  await Promise.all([amy.until('ended', bob), bob.until('ended', amy)]);
  await talk(alice, bob);
};
