/** Devices, noise reduction, and what people say of a call afterwards. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import type { Phone, PlivoEnv } from './test-env.js';

const ISSUES = [
  'AUDIO_LAG',
  'BROKEN_AUDIO',
  'CALL_DROPPPED',
  'CALLERID_ISSUES',
  'DIGITS_NOT_CAPTURED',
  'ECHO',
  'HIGH_CONNECT_TIME',
  'LOW_AUDIO_LEVEL',
  'ONE_WAY_AUDIO',
  'ROBOTIC_AUDIO',
  'OTHERS',
];

/** Declares the rows. */
export const audio = rows((surface, env: () => PlivoEnv) => {
  /** Somebody whose devices have names. */
  async function allowed(options: Record<string, unknown> = {}): Promise<Phone> {
    const phone = await env().phone(options);
    await phone.until('onMediaPermission');
    await phone.run(() => window.plivoPage.client.audio.availableDevices());
    return phone;
  }

  surface.row(
    ['audio-method.availableDevices', 'audio-method.revealAudioDevices'],
    'devices are listed by their kind, with names once the page may use the microphone',
    async () => {
      const phone = await env().phone();
      const found = await phone.run(async () => {
        const { audio } = window.plivoPage.client;
        const kinds = async (filter?: string): Promise<string[]> =>
          (await audio.availableDevices(filter)).map(({ kind }) => kind);
        const stream = (await audio.revealAudioDevices('returnStream')) as MediaStream;
        const live = stream.getAudioTracks()[0]?.readyState;
        for (const track of stream.getTracks()) track.stop();
        return {
          live,
          success: await audio.revealAudioDevices(),
          inputs: new Set(await kinds('input')),
          outputs: new Set(await kinds('output')),
          all: new Set(await kinds()),
          labels: (await audio.availableDevices()).every(({ label }) => label !== ''),
        };
      });
      expect(found).toMatchObject({ live: 'live', success: 'success', labels: true });
      const lists = await phone.run(async () => {
        const { audio } = window.plivoPage.client;
        const of = async (filter?: string): Promise<string> =>
          [...new Set((await audio.availableDevices(filter)).map(({ kind }) => kind))]
            .toSorted()
            .join();
        return [await of('input'), await of('output'), await of()];
      });
      expect(lists).toEqual(['audioinput', 'audiooutput', 'audioinput,audiooutput']);
    },
  );

  for (const [name, kind, none] of [
    ['microphoneDevices', 'input', ''],
    ['speakerDevices', 'output', null],
    ['ringtoneDevices', 'output', null],
  ] as const) {
    surface.row(
      [`audio-object.${name}.set`, `audio-object.${name}.get`, `audio-object.${name}.reset`],
      'a device is set, read, and reset',
      async () => {
        const phone = await allowed();
        const found = await phone.run(
          async (which, filter) => {
            const { audio } = window.plivoPage.client;
            const chooser = audio[which];
            const [device] = (await audio.availableDevices(filter)).filter(
              ({ deviceId }) => deviceId !== 'default',
            );
            const id = device?.deviceId ?? '';
            const before = chooser.get();
            const unknown = chooser.set('no such device');
            const wrong = chooser.set(7 as unknown as string);
            const set = chooser.set(id);
            const same = chooser.get() === id;
            return {
              before,
              unknown,
              wrong,
              set,
              same,
              reset: chooser.reset(),
              after: chooser.get(),
            };
          },
          name,
          kind,
        );
        expect(found).toEqual({
          before: none,
          unknown: false,
          wrong: false,
          set: true,
          same: true,
          reset: true,
          after: none,
        });
      },
    );
  }

  surface.row(
    [
      'audio-object.microphoneDevices.set',
      'audio-object.speakerDevices.set',
      'audio-object.speakerDevices.media',
      'audio-object.ringtoneDevices.set',
    ],
    'what is set is what is used, in a call as well',
    async () => {
      const [alice] = await env().talking();
      const used = await alice.run(async () => {
        const { audio, remoteView } = window.plivoPage.client;
        const ids = async (filter: string): Promise<string[]> =>
          (await audio.availableDevices(filter))
            .map(({ deviceId }) => deviceId)
            .filter((id) => id !== 'default');
        const [, input = ''] = await ids('input');
        const [output = '', ringer = ''] = await ids('output');
        const constraints = window.plivoPage.constraints.length;
        audio.microphoneDevices.set(input);
        audio.speakerDevices.set(output);
        audio.ringtoneDevices.set(ringer);
        const until = async (done: () => boolean): Promise<void> => {
          for (let tries = 0; tries < 100 && !done(); tries++) {
            await new Promise((later) => setTimeout(later, 50));
          }
        };
        await until(
          () => window.plivoPage.constraints.length > constraints && remoteView?.sinkId === output,
        );
        const asked = window.plivoPage.constraints.at(-1)?.audio as {
          deviceId?: { exact?: string };
        };
        return {
          input: asked.deviceId?.exact === input,
          far: remoteView?.sinkId === output,
          keys: audio.speakerDevices.media('dtmf')?.tagName,
          ringback:
            audio.speakerDevices.media('ringback') === window.plivoPage.client.ringBackToneView,
          ringer: audio.ringtoneDevices.media()?.tagName,
        };
      });
      expect(used).toEqual({
        input: true,
        far: true,
        keys: 'AUDIO',
        ringback: true,
        ringer: 'AUDIO',
      });
    },
  );

  surface.row(
    ['event.audioDeviceChange', 'option.useDefaultAudioDevice'],
    'a plugged-in device is reported, and used unless the default is to stay',
    async () => {
      for (const [useDefaultAudioDevice, taken] of [
        [false, true],
        [true, false],
      ] as const) {
        const phone = await allowed({ useDefaultAudioDevice });
        const plug = (there: boolean): Promise<string> =>
          phone.run((now) => window.plivoPage.plug('audioinput', 1, now), there);
        const id = await plug(false);
        const [removed] = await phone.until('audioDeviceChange');
        expect(removed).toMatchObject({ change: 'removed', device: { deviceId: id } });
        await plug(true);
        const [added] = await phone.until('audioDeviceChange', 2);
        expect(added).toMatchObject({
          change: 'added',
          device: { deviceId: id, kind: 'audioinput' },
        });
        const chosen = (): Promise<string> =>
          phone.run(() => window.plivoPage.client.audio.microphoneDevices.get());
        expect(await chosen()).toBe(taken ? id : 'default');
        await plug(false);
        await phone.until('audioDeviceChange', 3);
        expect(await chosen()).toBe(taken ? '' : 'default');
      }
    },
  );

  surface.row(
    [
      'option.enableNoiseReduction',
      'event.onNoiseReductionReady',
      'method.startNoiseReduction',
      'method.stopNoiseReduction',
    ],
    'noise reduction is loaded when it was asked for, and started and stopped once',
    async () => {
      const without = await env().phone();
      expect(await without.does('startNoiseReduction')).toBe(false);
      const [alice] = await env().talking({ enableNoiseReduction: true });
      const ready = (): Promise<boolean> =>
        alice.run(async () => {
          const { client } = window.plivoPage;
          for (let tries = 0; tries < 100; tries++) {
            if (await client.startNoiseReduction()) return true;
            await new Promise((later) => setTimeout(later, 100));
          }
          return false;
        });
      expect(await ready()).toBe(true);
      expect(await alice.does('startNoiseReduction')).toBe(false);
      expect(await alice.does('stopNoiseReduction')).toBe(true);
      expect(await alice.does('stopNoiseReduction')).toBe(false);
      const early = await env().phone({ enableNoiseReduction: true });
      await early.until('onNoiseReductionReady');
      expect(await early.does('startNoiseReduction')).toBe(true);
    },
  );

  surface.row(
    ['method.submitCallQualityFeedback', ...ISSUES.map((issue) => `issue.${issue}`)],
    'what people say of a call is kept with it',
    async () => {
      const stranger = await env().phone();
      const said = (phone: Phone, ...words: unknown[]): Promise<string> =>
        phone.run((given) => {
          const { client } = window.plivoPage;
          const say = client.submitCallQualityFeedback as (...w: unknown[]) => Promise<string>;
          return say(...given).catch((why: unknown) => `no: ${why}`);
        }, words);
      expect(await said(stranger, 'id', 5)).toBe('no: username not found');

      const [alice] = await env().talking();
      const id = await alice.does('getCallUUID');
      await alice.does('hangup');
      await alice.until('onCallTerminated');
      for (const [words, why] of [
        [['', 5], 'callUUID is mandatory'],
        [[id], 'Star rating is Mandatory'],
        [[id, 6], 'score should be from 1-5 range'],
        [[id, 2.5, ['ECHO']], 'score should be from 1-5 range'],
        [[id, 5, [], 'x'.repeat(281)], 'Maximum length for note is 280 charecters'],
        [[id, 4], 'Attribute issues should be an array'],
        [[id, 4, []], 'Atleast one issue is mandatory for feedback'],
      ] as const) {
        expect(await said(alice, ...words)).toBe(`no: ${why}`);
      }
      const unknown = await said(alice, id, 4, ['MUSIC']);
      expect(unknown).toContain('Issues must be from the predefined list of issues');
      expect(await said(alice, id, 5)).toBe('Feedback is sent');
      expect(await said(alice, id, 1, ISSUES, 'bad', true)).toBe(
        'Feedback is sent with console logs',
      );
      await env().env.server.record((id ?? '').replaceAll('-', ''));
      const kept = (await env().feedback(id ?? '')).at(-1);
      expect(kept).toMatchObject({ score: 1, note: 'bad' });
      expect(kept?.['issues']).toEqual(
        ISSUES.map((issue) => issue.replace('PPPED', 'PPED').toLowerCase().replaceAll('_', '-')),
      );
    },
  );
});
