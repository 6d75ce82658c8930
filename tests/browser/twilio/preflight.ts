/** Rows about the preflight: a test call to an application that hangs up after some seconds. */
import { expect } from 'vitest';
import { onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import type { Note } from './page.js';
import type { TwilioEnv } from './test-env.js';

const EVENTS = ['connected', 'sample', 'warning', 'completed', 'failed'];

interface Run {
  readonly notes: readonly Note[];
  readonly facts: Record<string, unknown>;
  readonly report: Record<string, unknown>;
  readonly offer: string;
  readonly servers: string;
}

async function whole(env: TwilioEnv): Promise<Run> {
  const token = await env.machine('alice', 2);
  const sdkPage = await env.alice();
  const result = await sdkPage.run(
    async (given, events) => {
      const { twilioPage, Twilio } = window;
      const made: RTCPeerConnection[] = [];
      const Usual = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Usual {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          made.push(this);
        }

        override async getStats(): Promise<RTCStatsReport> {
          const report = await super.getStats();
          return new Map(
            [...report].map(([id, entry]) => [
              id,
              // So that there is something to warn of.
              { ...entry, ...(entry.type === 'inbound-rtp' && { jitter: 0.2 }) },
            ]),
          ) as unknown as RTCStatsReport;
        }
      };
      const test = Twilio.Device.runPreflight(given, {
        codecPreferences: ['opus'],
        edge: 'dublin',
        logLevel: 'silent',
        signalingTimeoutMs: 8_000,
        iceServers: [{ urls: 'stun:127.0.0.1:9' }],
      });
      twilioPage.note('test', test, events);
      const early = { status: test.status, report: test.report, startTime: test.startTime };
      await twilioPage.until('test', 'connected');
      const offer = made[0]?.currentLocalDescription?.sdp ?? '';
      const servers = JSON.stringify(made[0]?.getConfiguration().iceServers);
      await twilioPage.until('test', 'completed', 20_000);
      window.RTCPeerConnection = Usual;
      const { callSid, endTime, latestSample, report, startTime, status } = test;
      return {
        facts: { early, callSid, endTime, startTime, status, latest: latestSample?.codecName },
        report: JSON.parse(JSON.stringify(report)) as Record<string, unknown>,
        offer,
        servers,
      };
    },
    token,
    EVENTS,
  );
  const notes = await sdkPage.emitted('test');
  await sdkPage.close();
  return { ...result, notes };
}

/** Declares them. */
export const preflight = rows((surface, env: () => TwilioEnv) => {
  const run = onceEarly(() => whole(env()));
  surface.row(
    [
      'device.static.runPreflight',
      'preflight.event.connected',
      'preflight.event.sample',
      'preflight.event.warning',
      'preflight.event.completed',
    ],
    'emit the progress of the test',
    async () => {
      const { notes, report } = await run();
      const names = notes.map(({ event }) => event);
      expect([names[0], names.at(-1)]).toEqual(['connected', 'completed']);
      expect(names.filter((name) => name === 'sample').length).toBeGreaterThan(2);
      expect(notes.at(-1)?.values[0]).toMatchObject({ callSid: report['callSid'] });
    },
  );
  surface.row(
    ['callSid', 'endTime', 'latestSample', 'report', 'startTime', 'status'].map(
      (name) => `preflight.property.${name}`,
    ),
    'say how far it is',
    async () => {
      const { facts } = await run();
      expect(facts).toMatchObject({
        early: { status: 'connecting' },
        callSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
        status: 'completed',
        latest: 'opus',
      });
      expect(Number(facts['endTime'])).toBeGreaterThan(Number(facts['startTime']));
    },
  );
  surface.row(
    ['codecPreferences', 'edge', 'iceServers', 'logLevel', 'signalingTimeoutMs'].map(
      (name) => `preflight.option.${name}`,
    ),
    'are applied',
    async () => {
      const { offer, servers, report } = await run();
      expect(offer).not.toContain('PCMU');
      expect(servers).toContain('stun:127.0.0.1:9');
      expect(report['selectedEdge']).toBe('dublin');
    },
  );
  const says = (
    name: string,
    what: string,
    look: (value: unknown, report: Run['report']) => void,
  ): void => {
    surface.row(`preflight.report.${name}`, what, async () => {
      const { report } = await run();
      look(report[name], report);
    });
  };
  says('callQuality', 'is a word for the average score', (value) =>
    expect(['excellent', 'great', 'good', 'fair', 'degraded']).toContain(value),
  );
  says('callSid', 'is that of the test call', (value) => expect(value).toMatch(/^CA/));
  says('edge', 'is the one that was asked for', (value) => expect(value).toBe('dublin'));
  says('selectedEdge', 'is what was wished', (value) => expect(value).toBe('dublin'));
  says('isTurnRequired', 'is false on a direct path', (value) => expect(value).toBe(false));
  says('iceCandidateStats', 'lists candidates of both ends', (value) => {
    const types = (value as { type: string }[]).map(({ type }) => type);
    expect(types).toContain('local-candidate');
    expect(types).toContain('remote-candidate');
  });
  says('selectedIceCandidatePairStats', 'are the two ends in use', (value) =>
    expect(value).toMatchObject({
      localCandidate: { type: 'local-candidate' },
      remoteCandidate: { type: 'remote-candidate' },
    }),
  );
  says('networkTiming', 'has a duration for each step', (value) => {
    const step = {
      start: expect.any(Number),
      end: expect.any(Number),
      duration: expect.any(Number),
    };
    expect(value).toEqual({ signaling: step, dtls: step, ice: step, peerConnection: step });
  });
  says('samples', 'are all of them', (value, { stats }) => {
    expect((value as unknown[]).length).toBeGreaterThan(2);
    expect(stats).toBeDefined();
  });
  says('stats', 'are averages between their bounds', (value) => {
    for (const name of ['jitter', 'mos', 'rtt']) {
      const { average, max, min } = (value as Record<string, Record<string, number>>)[name] ?? {};
      expect(Number(min)).toBeLessThanOrEqual(Number(average) + 0.001);
      expect(Number(average)).toBeLessThanOrEqual(Number(max) + 0.001);
    }
  });
  says('testTiming', 'is start, end and what is between', (value) => {
    const {
      start = 0,
      end = 0,
      duration,
    } = value as { start: number; end: number; duration: number };
    expect(duration).toBe(end - start);
  });
  says('totals', 'are those of the last sample', (value, { samples }) =>
    expect(value).toEqual((samples as { totals: unknown }[]).at(-1)?.totals),
  );
  says('warnings', 'are those that were told', (value) => expect(Array.isArray(value)).toBe(true));
  failing(surface, env);
  fake(surface, env);
});

const failing = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    ['preflight.method.stop', 'preflight.event.failed'],
    'fail with the vendor’s codes',
    async () => {
      const sdkPage = await env().alice();
      const codes = await sdkPage.run(
        async (token) => {
          const fails = (given: string, options: object, stop: boolean): Promise<unknown[]> =>
            new Promise((done) => {
              const test = window.Twilio.Device.runPreflight(given, {
                logLevel: 'silent',
                ...options,
              });
              test.on('failed', (error: { code: number }) => done([error.code, test.status]));
              if (stop) test.stop();
            });
          return [
            await fails(token, {}, true),
            await fails('none', {}, false),
            await fails(token, { signalingTimeoutMs: 1 }, false),
          ];
        },
        await env().token('alice'),
      );
      await sdkPage.close();
      expect(codes).toEqual([
        [31008, 'failed'],
        [20101, 'failed'],
        [53000, 'failed'],
      ]);
    },
  );
});

const fake = rows((surface, env: () => TwilioEnv) => {
  surface.row('preflight.option.fakeMicInput', 'sends a tone, and plays nothing', async () => {
    const token = await env().machine('alice', 2);
    const sdkPage = await env().alice();
    const said = await sdkPage.run(async (given) => {
      let asked = 0;
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (constraints) => {
        asked += 1;
        return open(constraints);
      };
      const test = window.Twilio.Device.runPreflight(given, {
        fakeMicInput: true,
        logLevel: 'silent',
      });
      window.twilioPage.note('test', test, ['sample', 'completed', 'failed']);
      await window.twilioPage.until('test', 'completed', 15_000);
      const levels = test.report?.samples.map(({ audioInputLevel }) => audioInputLevel) ?? [];
      return { asked, loudest: Math.max(...levels) };
    }, token);
    await sdkPage.close();
    expect(said.asked).toBe(0);
    expect(said.loudest).toBeGreaterThan(500);
  });
});
