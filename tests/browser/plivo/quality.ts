/** `mediaMetrics`, with reports and paths that are what the test says. */
import { expect } from 'vitest';
import { onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import { connect, type Phone, type PlivoEnv } from './test-env.js';

/** Makes a call bad in every way that is measured. */
async function worsen(phone: Phone): Promise<void> {
  await phone.run(() => {
    let lost = 0;
    window.plivoPage.doctor.change = (entry) => {
      const { type } = entry as { type: string };
      if (type === 'inbound-rtp') {
        lost += 30;
        Object.assign(entry, { jitter: 0.05, packetsLost: lost, audioLevel: 0.2 });
      }
      if (type === 'remote-inbound-rtp') {
        lost += 30;
        Object.assign(entry, { jitter: 0.06, roundTripTime: 0.9, packetsLost: lost });
      }
      if (type === 'candidate-pair') entry['currentRoundTripTime'] = 0.9;
      if (type === 'media-source') entry['audioLevel'] = 0.2;
    };
  });
}

/** Makes it good. */
async function mend(phone: Phone): Promise<void> {
  await phone.run(() => {
    window.plivoPage.doctor.change = (entry) => {
      const { type } = entry as { type: string };
      if (type === 'inbound-rtp') Object.assign(entry, { jitter: 0, packetsLost: 0 });
      if (type === 'remote-inbound-rtp') {
        Object.assign(entry, { jitter: 0, roundTripTime: 0.01, packetsLost: 0 });
      }
      if (type === 'candidate-pair') entry['currentRoundTripTime'] = 0.01;
      if (type.endsWith('inbound-rtp') || type === 'media-source') entry['audioLevel'] = 0.2;
    };
  });
}

const NETWORK = { group: 'network', level: 'warning' };

/** A bad network is told, and that it is good again. */
async function badNetwork(alice: Phone): Promise<void> {
  await worsen(alice);
  const emitted = [
    ['high_jitter', 'local', 'jitterLocalMeasures', 60],
    ['high_jitter', 'remote', 'jitterRemoteMeasures', 50],
    ['high_rtt', 'None', 'high latency', '900.00'],
    ['high_packetloss', 'local', 'packetLossLocalMeasure', expect.any(Number)],
    ['high_packetloss', 'remote', 'packetLossRemoteMeasure', expect.any(Number)],
    ['low_mos', 'None', 'mosRemoteMeasure', expect.any(Number)],
  ] as const;
  for (const [type, stream, desc, value] of emitted) {
    const metric = await alice.metric(type, { stream });
    expect(metric).toEqual({ ...NETWORK, type, stream, desc, value, active: true });
  }
  const low = (await alice.metric('low_mos')) as { value: number };
  expect(low.value).toBeLessThan(3);
  await mend(alice);
  for (const [type, stream, desc] of emitted) {
    const metric = await alice.metric(type, { stream, active: false });
    expect(metric).toMatchObject({ ...NETWORK, desc });
  }
  const metrics = (await alice.emitted()).filter(({ event }) => event === 'mediaMetrics');
  // Each was told twice: when it began and when it was over.
  expect(metrics).toHaveLength(2 * emitted.length);
}

/** Silence is told, and a microphone of which nothing comes. */
async function silence(alice: Phone): Promise<void> {
  await alice.run(() => {
    window.plivoPage.doctor.change = (entry) => {
      const { type } = entry as { type: string };
      if (type === 'inbound-rtp' || type === 'media-source') entry['audioLevel'] = 0;
      if (type === 'outbound-rtp') entry['bytesSent'] = 50;
    };
  });
  const local = await alice.metric('no_audio_received', { stream: 'local' }, 20_000);
  expect(local).toEqual({
    group: 'audio',
    level: 'warning',
    type: 'no_audio_received',
    value: -100,
    active: true,
    desc: 'local_audio',
    stream: 'local',
  });
  const remote = await alice.metric('no_audio_received', { stream: 'remote' });
  expect(remote).toMatchObject({ desc: 'remote_audio', active: true });
  expect(await alice.metric('no_microphone_access')).toMatchObject({
    group: 'audio',
    level: 'warning',
    active: true,
    desc: 'Chrome lost access to microphone — restart browser',
    stream: 'None',
  });
  await mend(alice);
  await alice.metric('no_audio_received', { stream: 'local', active: false });
  await alice.metric('no_audio_received', { stream: 'remote', active: false });
}

/** Declares the rows. */
export const quality = rows((surface, env: () => PlivoEnv) => {
  const network = onceEarly(() => env().talkingLong({}, badNetwork));
  surface.row(
    [
      'event.mediaMetrics',
      'metric.high_jitter',
      'metric.high_rtt',
      'metric.high_packetloss',
      'metric.low_mos',
    ],
    'a bad network is reported, and its recovery',
    async () => {
      expect(await network()).toEqual([]);
    },
  );

  const silent = onceEarly(async () => {
    // One call after the other: they are the same two people's.
    await network().catch(() => undefined);
    return env().talkingLong({ preDetectOwa: true }, silence);
  });
  surface.row(
    ['metric.no_audio_received', 'metric.no_microphone_access'],
    'silence is reported, and a microphone that sends nothing',
    async () => {
      expect(await silent()).toEqual([]);
    },
  );

  surface.row('metric.ice_timeout', 'is emitted when candidates are late', async () => {
    const alice = await env().inside('alice');
    const bob = await env().inside('bob');
    await alice.run(() => {
      window.plivoPage.doctor.iceGatheringState = 'gathering';
    });
    await connect(alice, bob);
    expect(await alice.metric('ice_timeout')).toEqual({
      ...NETWORK,
      type: 'ice_timeout',
      value: '2000',
      active: true,
      desc: 'Possible NAT/Firewall issue',
      stream: 'None',
    });
    expect(await bob.count('mediaMetrics')).toBe(0);
  });

  surface.row(
    'metric.ice_connection',
    'is emitted when the path is lost and restored',
    async () => {
      const [alice] = await env().talking();
      for (const state of ['disconnected', 'failed', 'connected'] as const) {
        await alice.run((now) => {
          const { doctor } = window.plivoPage;
          doctor.iceConnectionState = now;
          doctor.made.at(-1)?.dispatchEvent(new Event('iceconnectionstatechange'));
        }, state);
        expect(await alice.metric('ice_connection', { value: state })).toEqual({
          ...NETWORK,
          type: 'ice_connection',
          value: state,
          active: state !== 'connected',
          desc: 'network drop',
          stream: 'None',
        });
      }
    },
  );

  surface.row('metric.mute_detection', 'is emitted for speech while muted', async () => {
    const alice = await env().inside('alice');
    const bob = await env().inside('bob');
    // A microphone in a quiet room, in which somebody speaks from time to time.
    await alice.run(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        const context = new AudioContext();
        const voice = context.createOscillator();
        const loudness = context.createGain();
        const out = context.createMediaStreamDestination();
        voice.connect(loudness).connect(out);
        loudness.gain.value = 0.001;
        voice.start();
        (window as { speak?: (on: boolean) => void }).speak = (on) => {
          loudness.gain.value = on ? 0.5 : 0.001;
        };
        return out.stream;
      };
    });
    await connect(alice, bob);
    await alice.does('mute');
    // Volumes come sixty times a second: half of one is long enough to know how quiet the room is.
    await alice.run(
      () =>
        new Promise<void>((resolve) => {
          let times = 0;
          window.plivoPage.client.on('volume', () => {
            times += 1;
            if (times === 30) resolve();
          });
        }),
    );
    expect(await alice.count('mediaMetrics')).toBe(0);
    await alice.run(() => (window as { speak?: (on: boolean) => void }).speak?.(true));
    expect(await alice.metric('speaking_on_mute')).toEqual({
      group: 'audio',
      level: 'warning',
      type: 'speaking_on_mute',
      value: '0',
      active: true,
      desc: 'User is trying to speak on mute',
      stream: 'None',
    });
  });
});
