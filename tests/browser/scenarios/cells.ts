/** Every scene in every API in one browser, and a count that leaves none of them out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageHost } from '../browsers.js';
import { TestEnv } from '../test-env.js';
import { type Api, NAMES, type SceneName } from './api.js';
import { native } from './native.js';
import { plivo } from './plivo.js';
import * as scenes from './scenes.js';
import { type House, type Role, Stage } from './stage.js';
import * as troubles from './troubles.js';
import { twilio } from './twilio.js';

const APIS = [native, plivo, twilio];

const PLAYS: Readonly<Record<SceneName, scenes.Play>> = {
  outbound: scenes.outbound,
  inbound: scenes.inbound,
  'remote hang-up': scenes.remoteHangUp,
  cancel: scenes.cancel,
  reject: scenes.reject,
  ignore: scenes.ignore,
  busy: scenes.busy,
  'others: reject': scenes.othersRejected,
  'others: ignore': scenes.othersIgnored,
  'others: letring': scenes.othersRing,
  'several: off': scenes.oneAtATime,
  'several: on': scenes.several,
  'network drop while ringing': troubles.dropWhileRinging,
  'network drop in a call': troubles.dropInCall,
  'token expired': troubles.tokenExpired,
  'token with a wrong signature': troubles.tokenForged,
  'token without a grant': troubles.tokenWithoutGrant,
  'no microphone': troubles.noMicrophone,
  'microphone denied': troubles.microphoneDenied,
  'device unplugged': troubles.unplugged,
  'noise reduction': troubles.noise,
  feedback: troubles.feedback,
  'close protection': troubles.closeProtection,
};

/** Plays a scene, and looks at what everybody was told. */
async function play(house: House, api: Api, scene: SceneName): Promise<void> {
  const tale = api.tales[scene];
  if ('reason' in tale) throw new Error(`${api.name} has no ${scene}: ${tale.reason}`);
  const stage = new Stage(house, api);
  try {
    await PLAYS[scene](stage);
    for (const [role, words] of Object.entries(tale)) {
      const phone = stage.phones.get(role as Role);
      const emitted = async (): Promise<string | undefined> => (await phone?.emitted())?.join('; ');
      await expect.poll(emitted, { message: `what ${role} was told` }).toBe(words.join('; '));
    }
  } finally {
    expect(await stage.leave()).toEqual([]);
  }
}

/** Declares them. */
export function cells(launch: () => Promise<PageHost>): void {
  const done = new Map<string, string>();
  let env: TestEnv;

  beforeAll(async () => {
    env = await TestEnv.open();
  });
  afterAll(() => env?.close());

  // A browser for each: Firefox opens no more pages after some hundred.
  describe.each(APIS.map((api) => [api.name, api] as const))('%s', (_name, api) => {
    let house: House;
    beforeAll(async () => {
      house = { env, browser: await env.keep(launch()) };
    });
    afterAll(() => house?.browser.close());

    for (const scene of NAMES) {
      const cell = `${api.name}: ${scene}`;
      const tale = api.tales[scene];
      if ('reason' in tale) {
        done.set(cell, tale.reason);
        continue;
      }
      test(scene, async () => {
        done.set(cell, 'played');
        await play(house, api, scene);
      });
    }
  });

  test('every scene is played in every API, or has a reason not to be', () => {
    const all = APIS.flatMap(({ name }) => NAMES.map((scene) => `${name}: ${scene}`));
    expect([...done.keys()].toSorted()).toEqual(all.toSorted());
    const excused = [...done].filter(([, how]) => how !== 'played');
    for (const [cell, reason] of excused) {
      expect(reason.split(' ').length, cell).toBeGreaterThan(5);
      process.stdout.write(`${cell}: ${reason}\n`);
    }
    process.stdout.write(`${done.size - excused.length} of ${done.size} cells played\n`);
  });
}
