/** Rows about devices, outputs and processors, with Chromium's fake devices. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import { leave, pairOf, talk } from './calls.js';
import type { SdkPage, TwilioEnv } from './test-env.js';

async function inPage<Result>(
  env: TwilioEnv,
  what: (sdkPage: SdkPage) => Promise<Result>,
  options: Record<string, unknown> = {},
): Promise<Result> {
  const sdkPage = await env.alice();
  try {
    await sdkPage.device(await env.machine('alice'), options);
    return await what(sdkPage);
  } finally {
    await sdkPage.close();
  }
}

/** Declares them. */
export const audio = rows((surface, env: () => TwilioEnv) => {
  inputs(surface, env);
  outputs(surface, env);
  changes(surface, env);
  processors(surface, env);
});

const inputs = rows((surface, env: () => TwilioEnv) => {
  const said = once(() =>
    inPage(env(), (sdkPage) =>
      sdkPage.run(async () => {
        const audio = window.twilioPage.device.audio;
        if (!audio) throw new Error('there is no audio');
        (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0]?.stop();
        const before = { input: audio.inputDevice, stream: audio.inputStream };
        const wrong = await audio.setInputDevice('nobody').catch((error: Error) => error.name);
        const [id = ''] = [...audio.availableInputDevices.keys()].filter(
          (each) => each.length > 10,
        );
        const volumes: number[] = [];
        audio.on('inputVolume', (volume: number) => volumes.push(volume));
        await audio.setInputDevice(id);
        const chosen = {
          same: audio.inputDevice?.deviceId === id,
          tracks: audio.inputStream?.getAudioTracks().length,
        };
        await new Promise((later) => setTimeout(later, 1_200));
        audio.removeAllListeners('inputVolume');
        const count = volumes.length;
        await new Promise((later) => setTimeout(later, 400));
        await audio.setAudioConstraints({ autoGainControl: false });
        const constraints = audio.audioConstraints;
        await audio.unsetAudioConstraints();
        const none = audio.audioConstraints;
        const call = await window.twilioPage.device.connect();
        window.twilioPage.note('call', call, ['accept']);
        await window.twilioPage.until('call', 'accept');
        const inCall = await audio.unsetInputDevice().catch((error: Error) => error.name);
        call.disconnect();
        await audio.unsetInputDevice();
        return {
          before,
          wrong,
          chosen,
          volumes,
          quiet: volumes.length - count,
          constraints,
          none,
          inCall,
          after: audio.inputDevice,
          supported: [audio.isOutputSelectionSupported, audio.isVolumeSupported],
          inputs: audio.availableInputDevices.size,
          outputs: audio.availableOutputDevices.size,
          kind: Object.prototype.toString.call(audio.availableInputDevices.get(id)),
        };
      }),
    ),
  );
  surface.row(
    [
      'export.AudioHelper',
      'device.property.audio',
      'audio.availableInputDevices',
      'audio.availableOutputDevices',
    ],
    'list the devices of this browser',
    async () => {
      const { inputs: some, outputs: others, kind } = await said();
      expect(some).toBeGreaterThan(0);
      expect(others).toBeGreaterThan(0);
      expect(kind).toMatch(/DeviceInfo\]$/);
    },
  );
  surface.row(
    ['audio.setInputDevice', 'audio.inputDevice', 'audio.inputStream'],
    'take the microphone that is named, and refuse one that is not there',
    async () => {
      const { before, wrong, chosen } = await said();
      expect(before).toEqual({ input: null, stream: null });
      expect(wrong).toBe('InvalidArgumentError');
      expect(chosen).toEqual({ same: true, tracks: 1 });
    },
  );
  surface.row('audio.unsetInputDevice', 'is refused in a call, and done after it', async () => {
    const { inCall, after } = await said();
    expect([inCall, after]).toEqual(['InvalidStateError', null]);
  });
  surface.row(
    ['audio.setAudioConstraints', 'audio.unsetAudioConstraints', 'audio.audioConstraints'],
    'say what the microphone should be like',
    async () => {
      const { constraints, none } = await said();
      expect([constraints, none]).toEqual([{ autoGainControl: false }, null]);
    },
  );
  surface.row(
    'audio.event.inputVolume',
    'comes while somebody listens, between 0 and 1',
    async () => {
      const { volumes, quiet } = await said();
      expect(volumes.length).toBeGreaterThan(4);
      expect(quiet).toBe(0);
      expect(Math.max(...volumes)).toBeGreaterThan(0.2);
      expect(Math.max(...volumes)).toBeLessThanOrEqual(1);
    },
  );
  surface.row(
    ['audio.isOutputSelectionSupported', 'audio.isVolumeSupported'],
    'are true in Chromium',
    async () => {
      expect((await said()).supported).toEqual([true, true]);
    },
  );
});

const outputs = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      'export.OutputDeviceCollection',
      'audio.speakerDevices',
      'audio.ringtoneDevices',
      'outputs.get',
      'outputs.set',
      'outputs.delete',
      'outputs.test',
    ],
    'choose the outputs of calls and ringing',
    async () => {
      const said = await inPage(env(), (sdkPage) =>
        sdkPage.run(async () => {
          const audio = window.twilioPage.device.audio;
          if (!audio) throw new Error('there is no audio');
          (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0]?.stop();
          const { speakerDevices, ringtoneDevices } = audio;
          const wrong = await speakerDevices.set('nobody').catch((error: Error) => error.name);
          const ids = [...audio.availableOutputDevices.keys()].filter((each) => each.length > 10);
          await speakerDevices.set(ids);
          const chosen = [...speakerDevices.get()].map(({ deviceId }) => deviceId);
          await speakerDevices.test();
          await ringtoneDevices.set('default');
          const played = window.twilioPage.played.length;
          const [first] = speakerDevices.get();
          const deleted = first ? [speakerDevices.delete(first), speakerDevices.delete(first)] : [];
          return { wrong, ids, chosen, played, deleted, left: speakerDevices.get().size };
        }),
      );
      expect(said.wrong).toBe('InvalidArgumentError');
      expect(said.ids.length).toBeGreaterThan(0);
      expect(said.chosen).toEqual(said.ids);
      expect(said.played).toBeGreaterThan(0);
      expect(said.deleted).toEqual([true, false]);
      expect(said.left).toBe(Math.max(1, said.ids.length - 1));
    },
  );
});

const changes = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    'audio.event.deviceChange',
    'names the devices in use that were unplugged',
    async () => {
      const sdkPage = await env().alice();
      const said = await sdkPage.run(
        async (token) => {
          const made = (deviceId: string, kind: string): MediaDeviceInfo =>
            ({ deviceId, kind, label: deviceId, groupId: '' }) as MediaDeviceInfo;
          let there = [
            made('default', 'audiooutput'),
            made('desk', 'audiooutput'),
            made('head', 'audiooutput'),
          ];
          const device = new window.Twilio.Device(token, {
            logLevel: 'silent',
            enumerateDevices: async () => there,
          });
          const { audio } = device;
          if (!audio) throw new Error('there is no audio');
          const lost: string[][] = [];
          audio.on('deviceChange', (gone: MediaDeviceInfo[]) =>
            lost.push(gone.map(({ deviceId }) => deviceId)),
          );
          await new Promise((later) => setTimeout(later, 50));
          await audio.ringtoneDevices.set('head').catch(() => undefined);
          const change = async (next: MediaDeviceInfo[]): Promise<void> => {
            const before = lost.length;
            there = next;
            navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
            const limit = performance.now() + 3_000;
            while (lost.length === before && performance.now() < limit) {
              await new Promise((later) => setTimeout(later, 20));
            }
          };
          await change(there.filter(({ deviceId }) => deviceId !== 'desk'));
          await change(there.filter(({ deviceId }) => deviceId !== 'head'));
          const known = [...audio.availableOutputDevices.keys()];
          device.destroy();
          return { lost, known };
        },
        await env().token('alice'),
      );
      await sdkPage.close();
      expect(said).toEqual({ lost: [[], ['head']], known: ['default'] });
    },
  );
});

const processors = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      'export.AudioProcessor',
      'audio.addProcessor',
      'audio.removeProcessor',
      'audio.localProcessedStream',
      'audio.processedStream',
      'audio.remoteProcessedStream',
      'processor.createProcessedStream',
      'processor.destroyProcessedStream',
    ],
    'process sent and received audio, one of each kind',
    async () => {
      const pair = await pairOf(env());
      await talk(pair);
      const said = await pair.bob.run(async () => {
        const audio = window.twilioPage.device.audio;
        if (!audio) throw new Error('there is no audio');
        const done: string[] = [];
        const make = (name: string) => ({
          async createProcessedStream(stream: MediaStream) {
            done.push(`${name} made`);
            const context = new AudioContext();
            const out = context.createMediaStreamDestination();
            context.createMediaStreamSource(stream).connect(out);
            return out.stream;
          },
          async destroyProcessedStream() {
            done.push(`${name} destroyed`);
          },
        });
        const [local, remote] = [make('local'), make('remote')];
        await audio.addProcessor(local);
        await audio.addProcessor(remote, true);
        const streams = [
          audio.localProcessedStream,
          audio.processedStream,
          audio.remoteProcessedStream,
        ].map((stream) => stream?.getAudioTracks().length);
        const wrong = [];
        for (const act of [
          () => audio.addProcessor(make('second')),
          () => audio.addProcessor({} as never),
          () => audio.removeProcessor(make('other')),
        ]) {
          wrong.push(await act().catch((error: Error) => error.name));
        }
        await audio.removeProcessor(local);
        await audio.removeProcessor(remote, true);
        const after = [audio.localProcessedStream, audio.remoteProcessedStream];
        return { done, streams, wrong, after, status: window.twilioPage.call.status() };
      });
      expect(said).toEqual({
        done: ['local made', 'remote made', 'local destroyed', 'remote destroyed'],
        streams: [1, 1, 1],
        wrong: ['NotSupportedError', 'InvalidArgumentError', 'InvalidArgumentError'],
        after: [null, null],
        status: 'open',
      });
      await leave(pair);
    },
  );
});
