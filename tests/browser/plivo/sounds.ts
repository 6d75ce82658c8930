/** Sounds while it rings, and how loud a call is. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import { connect, type Phone, type PlivoEnv } from './test-env.js';

/** What sounds in a page, as the addresses of its elements; `own` for the SDK's own. */
interface Sounding {
  readonly ring: string;
  readonly back: string;
  readonly connect: string;
  /** How loud the far end is. */
  readonly far: number | undefined;
}

function sounding(phone: Phone): Promise<Sounding> {
  return phone.run(() => {
    const { client } = window.plivoPage;
    const stateOf = (element: HTMLAudioElement): string => {
      if (element.paused) return 'silent';
      return element.src.startsWith('blob:') || element.srcObject ? 'own' : element.src;
    };
    return {
      ring: stateOf(client.ringToneView),
      back: stateOf(client.ringBackToneView),
      connect: stateOf(client.connectToneView),
      far: client.remoteView?.volume,
    };
  });
}

/** Alice calls Bob, and it rings until both ends sound like that; then he answers. */
async function rings(
  alice: Phone,
  bob: Phone,
  hers: Partial<Sounding>,
  his: Partial<Sounding>,
): Promise<void> {
  await Promise.all([alice.forget(), bob.forget()]);
  await alice.does('call', 'bob', {});
  await bob.until('onIncomingCall');
  await alice.until('onCallRemoteRinging');
  await expect.poll(() => sounding(alice)).toMatchObject(hers);
  await expect.poll(() => sounding(bob)).toMatchObject(his);
  await bob.does('answer');
  await Promise.all([alice.until('onCallAnswered'), bob.until('onCallAnswered')]);
  const silent = { ring: 'silent', back: 'silent', connect: 'silent', far: 1 };
  await expect.poll(() => sounding(alice)).toEqual(silent);
  await expect.poll(() => sounding(bob)).toEqual(silent);
  await alice.does('hangup');
  await bob.until('onCallTerminated');
}

/** Declares the rows. */
export const sounds = rows((surface, env: () => PlivoEnv) => {
  surface.row(
    ['method.setRingTone', 'method.setRingToneBack', 'audio-object.ringtoneDevices.media'],
    'our own sounds, none, or a file',
    async () => {
      const alice = await env().inside('alice');
      const bob = await env().inside('bob');
      const own = { back: 'own', connect: 'silent', far: 0 };
      await rings(alice, bob, own, { ring: 'own' });

      expect(await alice.does('setRingToneBack', false)).toBe(true);
      expect(await bob.does('setRingTone', false)).toBe(true);
      // What the server sends is heard instead.
      await rings(alice, bob, { back: 'silent', far: 1 }, { ring: 'silent' });

      const file = `${env().url}/sdk/sounds/incoming.wav`;
      await alice.does('setRingToneBack', file);
      await bob.does('setRingTone', file);
      await rings(alice, bob, { back: file, far: 0 }, { ring: file });
      const element = await bob.run(
        () => window.plivoPage.client.audio.ringtoneDevices.media()?.src,
      );
      expect(element).toBe(file);

      await alice.does('setRingToneBack', true);
      await bob.does('setRingTone', true);
      await rings(alice, bob, own, { ring: 'own' });
    },
  );

  surface.row('method.setConnectTone', 'sounds until it rings, unless it must not', async () => {
    const alice = await env().inside('alice');
    const sounded = async (): Promise<boolean> => {
      const played = await alice.run(async () => {
        const { client } = window.plivoPage;
        const element = client.connectToneView;
        let begun = false;
        const note = (): void => {
          begun = true;
        };
        element.addEventListener('play', note);
        client.call('nobody', {});
        await window.plivoPage.until('onCallRemoteRinging').catch(() => undefined);
        client.hangup();
        element.removeEventListener('play', note);
        return begun;
      });
      await alice.forget();
      return played;
    };
    await env().inside('bob');
    expect(await alice.does('setConnectTone', false)).toBe(true);
    expect(await sounded()).toBe(false);
    await alice.does('setConnectTone', true);
    expect(await sounded()).toBe(true);
  });

  surface.row('event.volume', 'reports the volume of both directions repeatedly', async () => {
    const alice = await env().inside('alice');
    const bob = await env().inside('bob');
    await alice.run(() => {
      const page = window as { volumes?: unknown[] };
      page.volumes = [];
      window.plivoPage.client.on('volume', (stats) => page.volumes?.push(stats));
    });
    await connect(alice, bob);
    const loud = (): Promise<number> =>
      alice.run(() => {
        const page = window as { volumes?: { inputVolume: number; outputVolume: number }[] };
        const within = (value: number): boolean => value > 0 && value <= 1;
        return (page.volumes ?? []).filter(
          ({ inputVolume, outputVolume }) => within(inputVolume) && within(outputVolume),
        ).length;
      });
    // How often is looked at where time is an argument.
    await expect.poll(loud, { timeout: 5_000 }).toBeGreaterThan(60);
    await alice.run(() => {
      window.plivoPage.client.hangup();
      (window as { volumes?: unknown[] }).volumes = [];
    });
    await bob.until('onCallTerminated');
    const after = await alice.run(() => (window as { volumes?: unknown[] }).volumes?.length);
    expect(after).toBe(0);
  });
});
