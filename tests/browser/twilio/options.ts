/** Rows about options: each is seen at work in a call to a machine that answers. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import { leave, pairOf } from './calls.js';
import { CALL_EVENTS, type SdkPage, type TwilioEnv } from './test-env.js';

interface Seen {
  readonly offer: string;
  readonly answer: string;
  readonly ice: RTCConfiguration;
  readonly priority: string | undefined;
  readonly asked: unknown[];
  readonly streams: number;
  readonly inputs: string[];
}

/** One call to the machine with some options; what the browser was asked for. */
async function seen(
  env: TwilioEnv,
  token: string,
  options: Record<string, unknown>,
  connect: Record<string, unknown> = {},
): Promise<Seen> {
  const sdkPage = await env.alice();
  try {
    return await sdkPage.run(
      async (given, wanted, call, events) => {
        const { twilioPage, Twilio } = window;
        const asked: unknown[] = [];
        const device = new Twilio.Device(given, {
          logLevel: 'silent',
          RTCPeerConnection: twilioPage.Doctored,
          getUserMedia: (constraints: MediaStreamConstraints) => {
            asked.push(constraints.audio);
            return navigator.mediaDevices.getUserMedia(constraints);
          },
          ...wanted,
        });
        const made = await device.connect(call);
        twilioPage.note('machine', made, events);
        await twilioPage.until('machine', 'accept');
        const [connection] = twilioPage.doctor.made;
        const [sender] = connection?.getSenders() ?? [];
        const facts = {
          offer: connection?.currentLocalDescription?.sdp ?? '',
          answer: connection?.currentRemoteDescription?.sdp ?? '',
          ice: JSON.parse(JSON.stringify(connection?.getConfiguration())) as RTCConfiguration,
          priority: sender?.getParameters().encodings[0]?.networkPriority,
          asked,
          streams: 0,
          inputs: [...(device.audio?.availableInputDevices.keys() ?? [])],
        };
        device.destroy();
        return facts;
      },
      token,
      options,
      connect,
      [...CALL_EVENTS],
    );
  } finally {
    await sdkPage.close();
  }
}

/** The codecs of a description in their order. */
function codecs(sdp: string): string[] {
  const payloads = /^m=audio \d+ \S+ (.*)$/m.exec(sdp)?.[1]?.trim().split(' ') ?? [];
  return payloads.flatMap((payload) => {
    const name = new RegExp(`^a=rtpmap:${payload} ([^/]+)/`, 'm').exec(sdp)?.[1];
    return name === 'telephone-event' || name === undefined ? [] : [name];
  });
}

/** Declares them. */
export const options = rows((surface, env: () => TwilioEnv) => {
  const token = once(() => env().machine('alice'));
  const usual = once(async () => seen(env(), await token(), {}));
  const other = once(async () =>
    seen(
      env(),
      await token(),
      { codecPreferences: ['opus', 'pcmu'], dscp: false, maxAverageBitrate: 16_000 },
      {
        rtcConfiguration: { iceServers: [{ urls: 'stun:127.0.0.1:9' }] },
        rtcConstraints: { audio: { channelCount: 1 } },
      },
    ),
  );
  surface.row(
    'device.option.codecPreferences',
    'orders the codecs; PCMU first is usual',
    async () => {
      expect(codecs((await usual()).offer).slice(0, 2)).toEqual(['PCMU', 'opus']);
      expect(codecs((await other()).offer).slice(0, 2)).toEqual(['opus', 'PCMU']);
    },
  );
  surface.row('device.option.dscp', 'marks packets unless it is off', async () => {
    expect((await usual()).priority).toBe('high');
    expect((await other()).priority).toBe('low');
  });
  surface.row('device.option.maxAverageBitrate', 'limits Opus', async () => {
    expect((await other()).answer).toContain('maxaveragebitrate=16000');
    expect((await usual()).answer).not.toContain('maxaveragebitrate');
  });
  surface.row('connect.option.rtcConfiguration', 'has its servers asked', async () => {
    expect((await other()).ice.iceServers).toEqual([
      expect.objectContaining({ urls: ['stun:127.0.0.1:9'] }),
    ]);
  });
  surface.row(
    ['connect.option.rtcConstraints', 'device.option.getUserMedia'],
    'ask for the microphone as it is wanted',
    async () => {
      expect((await other()).asked.at(-1)).toMatchObject({ channelCount: 1 });
      expect((await usual()).asked.length).toBeGreaterThan(0);
    },
  );
  surface.row('device.option.RTCPeerConnection', 'makes the connections', async () => {
    expect((await usual()).offer).toContain('m=audio');
  });
  accepting(surface, env);
  makers(surface, env, token);
  protection(surface, env, token);
});

const accepting = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    ['accept.option.rtcConfiguration', 'accept.option.rtcConstraints'],
    'count for the call that is taken',
    async () => {
      const pair = await pairOf(env());
      const { alice, bob } = pair;
      await alice.call({ params: { To: 'bob' } });
      await bob.until('device', 'incoming');
      const said = await bob.run(async () => {
        const asked: unknown[] = [];
        const servers: string[] = [];
        const { call, device } = window.twilioPage;
        device.updateOptions({
          getUserMedia: (constraints: MediaStreamConstraints) => {
            asked.push(constraints.audio);
            return navigator.mediaDevices.getUserMedia(constraints);
          },
        });
        const Usual = window.RTCPeerConnection;
        const configure = Usual.prototype.setConfiguration;
        Usual.prototype.setConfiguration = function noted(configuration): void {
          servers.push(JSON.stringify(configuration?.iceServers));
          configure.call(this, configuration);
        };
        call.accept({
          rtcConfiguration: { iceServers: [{ urls: 'stun:127.0.0.1:9' }] },
          rtcConstraints: { audio: { channelCount: 1 } },
        });
        await window.twilioPage.until('call', 'accept');
        Usual.prototype.setConfiguration = configure;
        return { asked: asked.at(-1), servers };
      });
      await leave(pair);
      expect(said.asked).toMatchObject({ channelCount: 1 });
      expect(said.servers.join()).toContain('stun:127.0.0.1:9');
    },
  );
});

const makers = rows((surface, env: () => TwilioEnv, token: () => Promise<string>) => {
  surface.row(
    ['device.option.enumerateDevices', 'device.option.MediaStream'],
    'are used in place of the browser’s',
    async () => {
      const sdkPage = await env().alice();
      const said = await sdkPage.run(
        async (given, events) => {
          let streams = 0;
          class CountedStream extends MediaStream {
            constructor(tracks: MediaStreamTrack[]) {
              super(tracks);
              streams += 1;
            }
          }
          const one = { deviceId: 'one', kind: 'audioinput', label: 'One', groupId: '' };
          const device = new window.Twilio.Device(given, {
            logLevel: 'silent',
            enumerateDevices: async () => [one as MediaDeviceInfo],
            MediaStream: CountedStream,
          });
          const call = await device.connect();
          window.twilioPage.note('call', call, events);
          await window.twilioPage.until('call', 'accept');
          const counted = call.getLocalStream() instanceof CountedStream || streams > 0;
          const labels = [...(device.audio?.availableInputDevices.values() ?? [])].map(
            ({ label }) => label,
          );
          device.destroy();
          return { counted, labels };
        },
        await token(),
        [...CALL_EVENTS],
      );
      await sdkPage.close();
      expect(said).toEqual({ counted: true, labels: ['One'] });
    },
  );
});

const protection = rows((surface, env: () => TwilioEnv, token: () => Promise<string>) => {
  const leaves = (sdkPage: SdkPage): Promise<boolean> =>
    sdkPage.run(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  surface.row(
    'device.option.closeProtection',
    'asks before the page is left in a call, and not else',
    async () => {
      const sdkPage = await env().alice();
      await sdkPage.device(await token(), { closeProtection: 'Stay a while.' });
      expect(await leaves(sdkPage)).toBe(false);
      await sdkPage.call();
      await sdkPage.until('call', 'accept');
      expect(await leaves(sdkPage)).toBe(true);
      await sdkPage.run(() => window.twilioPage.device.disconnectAll());
      expect(await leaves(sdkPage)).toBe(false);
      await sdkPage.close();
    },
  );
});
