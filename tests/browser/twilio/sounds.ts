/** Rows about the sounds a device makes: each is seen to be played when it is due. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import { leave, pairOf } from './calls.js';
import type { TwilioEnv } from './test-env.js';

/** A short silence as a file, named by what stands behind the `#`. */
function file(name: string): string {
  const samples = Buffer.alloc(1_600);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return `data:audio/wav;base64,${Buffer.concat([head, samples]).toString('base64')}#${name}`;
}

/** What was played on both sides of a call with keys, by name. */
async function playedBy(env: TwilioEnv, names: readonly string[]): Promise<Set<string>> {
  const sounds = Object.fromEntries(names.map((name) => [name, file(name)]));
  const pair = await pairOf(env, { sounds }, { sounds });
  const { alice, bob } = pair;
  await alice.call({ params: { To: 'bob' } });
  await bob.until('device', 'incoming');
  // Tabs of one user agree first on which of them rings.
  await expect.poll(() => bob.run(() => window.twilioPage.played.length)).toBeGreaterThan(0);
  await bob.run(() => window.twilioPage.call.accept());
  await Promise.all([alice.until('call', 'accept'), bob.until('call', 'accept')]);
  await alice.run(() => window.twilioPage.call.sendDigits('0123456789*#'));
  const played = async (): Promise<Set<string>> => {
    const all = [
      ...(await alice.run(() => window.twilioPage.played)),
      ...(await bob.run(() => window.twilioPage.played)),
    ];
    return new Set(all.map((url) => url.split('#')[1] ?? ''));
  };
  await expect.poll(async () => (await played()).has('dtmfh'), { timeout: 8_000 }).toBe(true);
  await alice.run(() => window.twilioPage.call.disconnect());
  await bob.until('call', 'disconnect');
  await expect.poll(async () => (await played()).has('disconnect'), { timeout: 3_000 }).toBe(true);
  const found = await played();
  await leave(pair);
  return found;
}

/** Declares them. */
export const sounds = rows((surface, env: () => TwilioEnv) => {
  const names = surface.names('device.sound');
  const played = once(() => playedBy(env(), names));
  for (const name of names) {
    surface.row(`device.sound.${name}`, 'is played from the page’s own file', async () => {
      expect(await played()).toContain(name);
    });
  }
  surface.row(
    [
      'device.option.sounds',
      'device.option.disableAudioContextSounds',
      'audio.incoming',
      'audio.outgoing',
      'audio.disconnect',
    ],
    'are switched off one by one',
    async () => {
      const off = { sounds: { incoming: file('incoming'), disconnect: file('disconnect') } };
      const pair = await pairOf(env(), {}, { ...off, disableAudioContextSounds: true });
      const { alice, bob } = pair;
      const said = await bob.run(() => {
        const { audio } = window.twilioPage.device;
        return [
          audio?.incoming(),
          audio?.incoming(false),
          audio?.outgoing(false),
          audio?.disconnect(),
          audio?.disconnect(false),
        ];
      });
      expect(said).toEqual([true, false, false, true, false]);
      await alice.call({ params: { To: 'bob' } });
      await bob.until('device', 'incoming');
      await bob.run(() => window.twilioPage.call.accept());
      await alice.until('call', 'accept');
      await alice.run(() => window.twilioPage.call.disconnect());
      await bob.until('call', 'disconnect');
      expect(
        await bob.run(() => window.twilioPage.played.filter((url) => url.includes('#'))),
      ).toEqual([]);
      await leave(pair);
    },
  );
});
