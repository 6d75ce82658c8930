/** Rows about options: each is seen at work in a call to a machine that answers. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import { leave, pairOf } from './calls.js';
import { CALL_EVENTS, type Desk, type TwilioOffice } from './office.js';

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
  office: TwilioOffice,
  token: string,
  options: Record<string, unknown>,
  connect: Record<string, unknown> = {},
): Promise<Seen> {
  const desk = await office.alice();
  try {
    return await desk.run(
      async (given, wanted, call, events) => {
        const { stage, Twilio } = window;
        const asked: unknown[] = [];
        const device = new Twilio.Device(given, {
          logLevel: 'silent',
          RTCPeerConnection: stage.Doctored,
          getUserMedia: (constraints: MediaStreamConstraints) => {
            asked.push(constraints.audio);
            return navigator.mediaDevices.getUserMedia(constraints);
          },
          ...wanted,
        });
        const made = await device.connect(call);
        stage.note('machine', made, events);
        await stage.until('machine', 'accept');
        const [connection] = stage.doctor.made;
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
    await desk.close();
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
export const options = rows((surface, office: () => TwilioOffice) => {
  const token = once(() => office().machine('alice'));
  const usual = once(async () => seen(office(), await token(), {}));
  const other = once(async () =>
    seen(
      office(),
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
  accepting(surface, office);
  makers(surface, office, token);
  protection(surface, office, token);
});

const accepting = rows((surface, office: () => TwilioOffice) => {
  surface.row(
    ['accept.option.rtcConfiguration', 'accept.option.rtcConstraints'],
    'count for the call that is taken',
    async () => {
      const pair = await pairOf(office());
      const { alice, bob } = pair;
      await alice.call({ params: { To: 'bob' } });
      await bob.until('device', 'incoming');
      const said = await bob.run(async () => {
        const asked: unknown[] = [];
        const servers: string[] = [];
        const { call, device } = window.stage;
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
        await window.stage.until('call', 'accept');
        Usual.prototype.setConfiguration = configure;
        return { asked: asked.at(-1), servers };
      });
      await leave(pair);
      expect(said.asked).toMatchObject({ channelCount: 1 });
      expect(said.servers.join()).toContain('stun:127.0.0.1:9');
    },
  );
});

const makers = rows((surface, office: () => TwilioOffice, token: () => Promise<string>) => {
  surface.row(
    ['device.option.enumerateDevices', 'device.option.MediaStream'],
    'are used in place of the browser’s',
    async () => {
      const desk = await office().alice();
      const said = await desk.run(
        async (given, events) => {
          let streams = 0;
          class Counted extends MediaStream {
            constructor(tracks: MediaStreamTrack[]) {
              super(tracks);
              streams += 1;
            }
          }
          const one = { deviceId: 'one', kind: 'audioinput', label: 'One', groupId: '' };
          const device = new window.Twilio.Device(given, {
            logLevel: 'silent',
            enumerateDevices: async () => [one as MediaDeviceInfo],
            MediaStream: Counted,
          });
          const call = await device.connect();
          window.stage.note('call', call, events);
          await window.stage.until('call', 'accept');
          const counted = call.getLocalStream() instanceof Counted || streams > 0;
          const labels = [...(device.audio?.availableInputDevices.values() ?? [])].map(
            ({ label }) => label,
          );
          device.destroy();
          return { counted, labels };
        },
        await token(),
        [...CALL_EVENTS],
      );
      await desk.close();
      expect(said).toEqual({ counted: true, labels: ['One'] });
    },
  );
});

const protection = rows((surface, office: () => TwilioOffice, token: () => Promise<string>) => {
  const leaves = (desk: Desk): Promise<boolean> =>
    desk.run(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
  surface.row(
    'device.option.closeProtection',
    'asks before the page is left in a call, and not else',
    async () => {
      const desk = await office().alice();
      await desk.device(await token(), { closeProtection: 'Stay a while.' });
      expect(await leaves(desk)).toBe(false);
      await desk.call();
      await desk.until('call', 'accept');
      expect(await leaves(desk)).toBe(true);
      await desk.run(() => window.stage.device.disconnectAll());
      expect(await leaves(desk)).toBe(false);
      await desk.close();
    },
  );
});
