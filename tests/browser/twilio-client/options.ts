/** Rows about options, audio and the preflight of the first generation. */
import { expect } from 'vitest';
import type * as ClientApi from '../../../sdk/src/facades/twilio/client/index.js';
import { once, onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import type { TwilioEnv } from '../twilio/test-env.js';
import { CONNECTION_EVENTS, call, setUp } from './device-page.js';

/** Declares them. */
export const options = rows((surface, env: () => TwilioEnv) => {
  calling(surface, env);
  paths(surface, env);
  busy(surface, env);
  audio(surface, env);
  preflight(surface, env);
});

/** Calls with every option, and says what the browser saw of them; runs in the page. */
async function callTheMachine(
  token: string,
  host: string,
  events: string[],
): Promise<Record<string, unknown>> {
  const { twilioPage } = window;
  const { Device } = window.Twilio as unknown as typeof ClientApi;
  const asked: unknown[] = [];
  const lines: string[] = [];
  const { info } = console;
  console.info = (line: unknown) => void lines.push(String(line));
  const device = new Device(token, {
    ...{ appName: 'a', appVersion: '1' },
    audioConstraints: { channelCount: 1 },
    closeProtection: true,
    codecPreferences: ['opus'],
    debug: true,
    disableAudioContextSounds: true,
    dscp: false,
    edge: host,
    enumerateDevices: async () => [
      { deviceId: 'one', kind: 'audioinput', label: 'One', groupId: '' } as MediaDeviceInfo,
    ],
    getUserMedia: (constraints: MediaStreamConstraints) => {
      asked.push(constraints.audio);
      return navigator.mediaDevices.getUserMedia(constraints);
    },
    RTCPeerConnection: twilioPage.Doctored,
    fakeLocalDTMF: true,
    forceAggressiveIceNomination: true,
    maxAverageBitrate: 16_000,
    rtcConfiguration: { iceServers: [{ urls: 'stun:127.0.0.1:9' }] },
    sounds: { outgoing: '/sdk/sounds/ended.wav#outgoing' },
  });
  await new Promise((ready) => device.ready(ready as never));
  const leaves = (): boolean =>
    !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  const before = leaves();
  const connection = device.connect({});
  twilioPage.note('connection', connection, events);
  await twilioPage.until('connection', 'accept');
  const [pc] = twilioPage.doctor.made;
  const facts = {
    edge: device.edge,
    asked: asked.at(-1),
    offer: pc?.currentLocalDescription?.sdp ?? '',
    answer: pc?.currentRemoteDescription?.sdp ?? '',
    ice: JSON.stringify(pc?.getConfiguration().iceServers),
    priority: pc?.getSenders()[0]?.getParameters().encodings[0]?.networkPriority,
    leaves: [before, leaves()],
    lines: lines.length,
    inputs: [...(device.audio?.availableInputDevices.keys() ?? [])],
    status: connection.status(),
    played: twilioPage.played.filter((url) => url.endsWith('#outgoing')).length,
  };
  console.info = info;
  device.destroy();
  return facts;
}

/** One call to the machine with every option that leaves a trace in the browser. */
async function traced(env: TwilioEnv): Promise<Record<string, unknown>> {
  const sdkPage = await env.alice('twilio-client');
  const said = await sdkPage.run(
    callTheMachine,
    await env.machine('alice'),
    new URL(env.url).host,
    [...CONNECTION_EVENTS],
  );
  const story = { ...said, events: await sdkPage.events('connection') };
  await sdkPage.close();
  return story;
}

const calling = rows((surface, env: () => TwilioEnv) => {
  const trace = once(() => traced(env()));
  const row = (
    names: readonly string[],
    what: string,
    look: (seen: Record<string, unknown>) => void,
  ): void => {
    surface.row(
      names.map((name) => `device.option.${name}`),
      what,
      async () => look(await trace()),
    );
  };
  row(['edge'], 'is a host', ({ edge }) => expect(edge).toBe('roaming'));
  row(['audioConstraints', 'getUserMedia'], 'ask for the microphone', ({ asked }) =>
    expect(asked).toMatchObject({ channelCount: 1 }),
  );
  row(['codecPreferences'], 'says which codecs', ({ offer }) =>
    expect(offer).not.toContain('PCMU'),
  );
  row(['maxAverageBitrate'], 'limits Opus', ({ answer }) =>
    expect(answer).toContain('maxaveragebitrate=16000'),
  );
  row(['rtcConfiguration'], 'has its servers asked', ({ ice }) =>
    expect(ice).toContain('stun:127.0.0.1:9'),
  );
  row(['dscp'], 'marks packets unless it is off', ({ priority }) => expect(priority).toBe('low'));
  row(['closeProtection'], 'asks in a call only', ({ leaves }) =>
    expect(leaves).toEqual([false, true]),
  );
  row(['debug'], 'writes every line', ({ lines }) => expect(lines).toBeGreaterThan(3));
  row(['enumerateDevices'], 'lists the devices', ({ inputs }) => expect(inputs).toEqual(['one']));
  row(['sounds', 'disableAudioContextSounds'], 'are the page’s own', ({ played }) =>
    expect(played).toBe(1),
  );
  row(
    ['appName', 'appVersion', 'fakeLocalDTMF', 'forceAggressiveIceNomination', 'RTCPeerConnection'],
    'change nothing for the worse',
    ({ status, offer }) => {
      expect(status).toBe('open');
      expect(offer).toContain('m=audio');
    },
  );
  row(['enableRingingState'], 'is off unless it is wanted', ({ events }) =>
    expect(events).not.toContain('ringing'),
  );
  surface.row('device.option.region', 'may not stand beside an edge', async () => {
    const sdkPage = await env().alice('twilio-client');
    const said = await sdkPage.run(
      (token) => {
        const { Device } = window.Twilio as unknown as typeof ClientApi;
        try {
          new Device(token, { region: 'us1', edge: 'ashburn' });
          return '';
        } catch (error) {
          return (error as Error).name;
        }
      },
      await env().token('alice'),
    );
    await sdkPage.close();
    expect(said).toBe('InvalidArgumentError');
  });
});

const paths = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      'device.option.enableIceRestart',
      'device.option.warnings',
      'connection.event.reconnecting',
      'connection.event.reconnected',
      'connection.event.warning',
      'connection.event.warning-cleared',
    ],
    'emit a lost path where that is enabled',
    async () => {
      const emitted: Record<string, string[]> = {};
      for (const wanted of [true, false]) {
        const sdkPage = await env().alice('twilio-client');
        await sdkPage.run(
          async (token, on, events) => {
            const { twilioPage } = window;
            const { Device } = window.Twilio as unknown as typeof ClientApi;
            const device = new Device(token, {
              enableIceRestart: on,
              RTCPeerConnection: twilioPage.Doctored,
            });
            await new Promise((ready) => device.ready(ready as never));
            const connection = device.connect({});
            twilioPage.note('connection', connection, events);
            await twilioPage.until('connection', 'accept');
            for (const state of ['disconnected', undefined] as const) {
              twilioPage.doctor.state = state;
              twilioPage.doctor.made[0]?.dispatchEvent(new Event('connectionstatechange'));
              await twilioPage.until('connection', state ? 'warning' : 'warning-cleared');
            }
            device.destroy();
          },
          await env().machine('alice'),
          wanted,
          [...CONNECTION_EVENTS],
        );
        emitted[String(wanted)] = (await sdkPage.events('connection')).slice(2);
        await sdkPage.close();
      }
      expect(emitted['true']).toEqual([
        'warning',
        'reconnecting',
        'warning-cleared',
        'reconnected',
        'disconnect',
      ]);
      expect(emitted['false']).toEqual(['warning', 'warning-cleared', 'disconnect']);
    },
  );
  const without = onceEarly(async () => {
    const sdkPage = await env().alice('twilio-client');
    const said = await sdkPage.run(
      async (token, events) => {
        const { twilioPage } = window;
        const { Device } = window.Twilio as unknown as typeof ClientApi;
        twilioPage.doctor.state = 'connecting';
        const device = new Device(token, { RTCPeerConnection: twilioPage.Doctored });
        await new Promise((ready) => device.ready(ready as never));
        const connection = device.connect({});
        twilioPage.note('connection', connection, events);
        const { values } = await twilioPage.until('connection', 'error', 60_000);
        const status = connection.status();
        device.destroy();
        return { error: values[0], status };
      },
      await env().machine('alice'),
      [...CONNECTION_EVENTS],
    );
    const events = await sdkPage.events('connection');
    await sdkPage.close();
    return { ...said, events };
  });
  surface.row('error.31003', 'comes when there never is a path', async () => {
    const said = await without();
    expect(said.error).toMatchObject({ code: 31003, twilioError: { code: 53405 } });
    expect([said.status, said.events.slice(-2)]).toEqual(['closed', ['disconnect', 'error']]);
  });
});

const busy = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    'device.option.allowIncomingWhileBusy',
    'is off: a busy device is not rung',
    async () => {
      const [alice, bob] = await Promise.all([
        env().alice('twilio-client'),
        env().bob('twilio-client'),
      ]);
      await setUp(alice, await env().token('alice'));
      await setUp(bob, await env().machine('bob'));
      await call(bob);
      await bob.until('connection', 'accept');
      await call(alice);
      await expect
        .poll(() => alice.run(() => window.first.connection.status()), { timeout: 3_000 })
        .toBe('connecting');
      await alice.run(() => window.first.connection.disconnect());
      expect(await bob.events('device')).toEqual(['ready', 'connect']);
      await Promise.all([alice.close(), bob.close()]);
    },
  );
});

const audio = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      ...surface.names('audio').map((name) => `audio.${name}`),
      'audio.event.deviceChange',
      'audio.event.inputVolume',
    ],
    'are those of the second generation',
    async () => {
      const sdkPage = await env().alice('twilio-client');
      await setUp(sdkPage, await env().token('alice'));
      const said = await sdkPage.run(async () => {
        const { audio: own } = window.first.device;
        if (!own) throw new Error('there is no audio');
        (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0]?.stop();
        const wrong = await own.setInputDevice('nobody').catch((error: Error) => error.name);
        const [id = ''] = [...own.availableInputDevices.keys()].filter((each) => each.length > 10);
        const [output = ''] = [...own.availableOutputDevices.keys()].filter(
          (each) => each.length > 10,
        );
        await own.setInputDevice(id);
        const chosen = [own.inputDevice?.deviceId === id, own.inputStream?.getAudioTracks().length];
        await own.setAudioConstraints({ autoGainControl: false });
        const constraints = own.audioConstraints;
        await own.unsetAudioConstraints();
        window.twilioPage.note('audio', own, ['inputVolume', 'deviceChange']);
        await window.twilioPage.until('audio', 'inputVolume');
        own.removeAllListeners();
        await own.speakerDevices.set(output);
        await own.ringtoneDevices.set(output);
        const outputs = [own.speakerDevices.get().size, own.ringtoneDevices.get().size];
        await own.unsetInputDevice();
        return {
          wrong,
          chosen,
          constraints,
          outputs,
          after: [own.inputDevice, own.audioConstraints],
          supported: [own.isOutputSelectionSupported, own.isVolumeSupported],
          sounds: [own.incoming(), own.outgoing(false), own.disconnect()],
        };
      });
      await sdkPage.close();
      expect(said).toEqual({
        wrong: 'InvalidArgumentError',
        chosen: [true, 1],
        constraints: { autoGainControl: false },
        outputs: [1, 1],
        after: [null, null],
        supported: [true, true],
        sounds: [true, false, true],
      });
    },
  );
});

const preflight = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    [
      'device.static.runPreflight',
      'preflight.completed',
      ...surface.names('preflight.option').map((name) => `preflight.option.${name}`),
    ],
    'test the way to the server',
    async () => {
      const sdkPage = await env().alice('twilio-client');
      const report = await sdkPage.run(
        async (token) => {
          const { Device } = window.Twilio as unknown as typeof ClientApi;
          const test = Device.runPreflight(token, {
            codecPreferences: ['opus'],
            debug: false,
            edge: 'ashburn',
            fakeMicInput: true,
            iceServers: [],
            signalingTimeoutMs: 9_000,
          });
          window.twilioPage.note('test', test, ['completed', 'failed']);
          await window.twilioPage.until('test', 'completed', 20_000);
          const { callSid, selectedEdge, samples } = test.report ?? {};
          return { callSid, selectedEdge, codec: samples?.at(-1)?.codecName };
        },
        await env().machine('alice', 2),
      );
      await sdkPage.close();
      expect(report).toEqual({
        callSid: expect.stringMatching(/^CA/),
        selectedEdge: 'ashburn',
        codec: 'opus',
      });
    },
  );
  surface.row(
    ['preflight.failed', 'preflight.stop', 'error.31008', 'error.31901'],
    'fail with the numbers of the first generation',
    async () => {
      const sdkPage = await env().alice('twilio-client');
      const codes = await sdkPage.run(
        async (token) => {
          const { Device } = window.Twilio as unknown as typeof ClientApi;
          const fails = (given: object, stop: boolean): Promise<unknown> =>
            new Promise((done) => {
              const test = Device.runPreflight(token, given);
              test.on('failed', ({ code, message }: { code: number; message: string }) =>
                done([code, message]),
              );
              if (stop) test.stop();
            });
          return [await fails({}, true), await fails({ signalingTimeoutMs: 1 }, false)];
        },
        await env().token('alice'),
      );
      await sdkPage.close();
      expect(codes).toEqual([
        [31008, 'Call cancelled'],
        [31901, 'WebSocket - Connection Timeout'],
      ]);
    },
  );
});
