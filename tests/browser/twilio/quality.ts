/** Rows about bad calls: warnings with doctored reports, lost paths, lost sockets. */
import { expect, vi } from 'vitest';
import { onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import { Wire } from '../proxy.js';
import type { Note } from './page.js';
import { CALL_EVENTS, SdkPage, type TwilioEnv } from './test-env.js';

const FIELDS: Readonly<Record<string, readonly [string, string, number]>> = {
  'high-rtt': ['rtt', 'max', 400],
  'high-jitter': ['jitter', 'max', 30],
  'high-packet-loss': ['packetsLostFraction', 'max', 1],
  'high-packets-lost-fraction': ['packetsLostFraction', 'maxAverage', 3],
  'low-mos': ['mos', 'min', 3],
  'low-bytes-sent': ['bytesSent', 'min', 1],
  'low-bytes-received': ['bytesReceived', 'min', 1],
  'constant-audio-input-level': ['audioInputLevel', 'minStandardDeviation', 327.67],
};

interface Bad {
  readonly raised: readonly Note[];
  readonly cleared: readonly Note[];
  readonly path: readonly Note[];
}

/** Everything about the call is bad from now on; runs in the page. */
function turnBad(): void {
  let lost = 0;
  window.twilioPage.doctor.change = (entry) => {
    const { type } = entry as { type: string };
    if (type === 'remote-inbound-rtp') entry['roundTripTime'] = 0.9;
    if (type === 'candidate-pair') entry['currentRoundTripTime'] = 0.9;
    if (type === 'outbound-rtp') entry['bytesSent'] = 1_000;
    if (type === 'media-source') entry['audioLevel'] = 0.25;
    if (type !== 'inbound-rtp') return;
    lost += 30;
    Object.assign(entry, { jitter: 0.2, packetsLost: lost, bytesReceived: 1_000 });
  };
}

/** And good again. */
function turnGood(): void {
  const { doctor } = window.twilioPage;
  let bytes = 5_000;
  let level = 0;
  doctor.change = (entry) => {
    const { type } = entry as { type: string };
    bytes += 4_000;
    level = 1 - level;
    if (type === 'remote-inbound-rtp') entry['roundTripTime'] = 0.01;
    if (type === 'outbound-rtp') entry['bytesSent'] = bytes;
    if (type === 'media-source') entry['audioLevel'] = level;
    if (type === 'inbound-rtp')
      Object.assign(entry, { jitter: 0, packetsLost: 0, bytesReceived: bytes });
  };
}

/** A call whose reports turn bad, then good again; then its path is lost and found. */
async function bad(env: TwilioEnv): Promise<Bad> {
  const sdkPage = await env.alice();
  await sdkPage.run(
    async (token, events) => {
      const { twilioPage, Twilio } = window;
      const device = new Twilio.Device(token, {
        logLevel: 'silent',
        RTCPeerConnection: twilioPage.Doctored,
      });
      twilioPage.call = await device.connect();
      twilioPage.note('call', twilioPage.call, events);
      await twilioPage.until('call', 'accept');
    },
    await env.machine('alice'),
    [...CALL_EVENTS],
  );
  await sdkPage.run(turnBad);
  const emitted = async (event: string): Promise<Note[]> =>
    (await sdkPage.emitted('call')).filter((note) => note.event === event);
  const names = async (event: string): Promise<unknown[]> =>
    (await emitted(event)).map(({ values }) => values[0]).toSorted();
  const all = Object.keys(FIELDS).toSorted();
  const until = (event: string, timeout: number): Promise<void> =>
    vi.waitFor(async () => expect(await names(event)).toEqual(all), { timeout, interval: 500 });
  await until('warning', 30_000);
  const raised = await emitted('warning');
  await sdkPage.run(turnGood);
  await until('warning-cleared', 40_000);
  const cleared = await emitted('warning-cleared');
  const before = (await sdkPage.emitted('call')).length;
  await sdkPage.run(async () => {
    const { doctor } = window.twilioPage;
    const [connection] = doctor.made;
    for (const state of ['disconnected', undefined] as const) {
      doctor.state = state;
      connection?.dispatchEvent(new Event('connectionstatechange'));
      await window.twilioPage.until('call', state ? 'reconnecting' : 'reconnected');
    }
  });
  const often = ['sample', 'volume'];
  const path = (await sdkPage.emitted('call'))
    .slice(before)
    .filter(({ event }) => !often.includes(event));
  await sdkPage.close();
  return { raised, cleared, path };
}

/** Declares them. */
export const quality = rows((surface, env: () => TwilioEnv) => {
  const story = onceEarly(() => bad(env()));
  for (const [name, [field, kind, value]] of Object.entries(FIELDS)) {
    surface.row(`warning.${name}`, 'is raised and cleared by its rule', async () => {
      const { raised, cleared } = await story();
      const [, details] = raised.find(({ values }) => values[0] === name)?.values ?? [];
      expect(details).toMatchObject({ name: field, threshold: { name: kind } });
      expect((details as { threshold: { value: number } }).threshold.value).toBeCloseTo(value, 2);
      expect(cleared.find(({ values }) => values[0] === name)?.values).toEqual([name, null]);
    });
  }
  surface.row(
    ['name', 'samples', 'threshold', 'value', 'values'].map((name) => `warning.details.${name}`),
    'say what was looked at',
    async () => {
      const { raised } = await story();
      const [, details] = raised.find(({ values }) => values[0] === 'high-rtt')?.values ?? [];
      expect(details).toMatchObject({
        name: 'rtt',
        threshold: { name: 'max', value: 400 },
        value: 900,
      });
      const { samples, values } = details as { samples: { rtt: number }[]; values: number[] };
      expect(samples.map(({ rtt }) => rtt)).toEqual(values);
    },
  );
  surface.row(
    ['call.event.warning', 'call.event.warning-cleared'],
    'come once for each change',
    async () => {
      const { raised, cleared } = await story();
      expect([raised.length, cleared.length]).toEqual([8, 8]);
    },
  );
  surface.row(
    ['warning.ice-connectivity-lost', 'call.event.reconnecting', 'call.event.reconnected'],
    'emit a lost and a restored path',
    async () => {
      const { path } = await story();
      expect(path.map(({ event, values }) => [event, ...values])).toEqual([
        ['warning', 'ice-connectivity-lost'],
        ['reconnecting', { name: 'ConnectionError', code: 53405 }],
        ['warning-cleared', 'ice-connectivity-lost'],
        ['reconnected'],
      ]);
      await socket(env());
    },
  );
});

/** The same for the socket, with a wire that is cut. */
async function socket(env: TwilioEnv): Promise<void> {
  const wire = new Wire(env.env.server.port);
  const url = await wire.open();
  const sdkPage = await SdkPage.open(env.alices, url);
  await sdkPage.device(await env.machine('alice'));
  await sdkPage.register();
  await sdkPage.call();
  await sdkPage.until('call', 'accept');
  wire.cut();
  const { values } = await sdkPage.until('call', 'reconnecting');
  expect(values).toEqual([{ name: 'ConnectionDisconnected', code: 53001 }]);
  expect(await sdkPage.run(() => window.twilioPage.call.status())).toBe('reconnecting');
  expect(await sdkPage.run(() => window.twilioPage.device.state)).toBe('unregistered');
  wire.mend();
  await sdkPage.until('call', 'reconnected');
  expect(await sdkPage.run(() => window.twilioPage.call.status())).toBe('open');
  await expect.poll(() => sdkPage.run(() => window.twilioPage.device.state)).toBe('registered');
  expect(await sdkPage.events('device')).toEqual([
    'registering',
    'registered',
    'error',
    'unregistered',
    'registering',
    'registered',
  ]);
  await sdkPage.close();
  wire.close();
}
