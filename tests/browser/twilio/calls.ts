/** Rows about calls: one long call that most of them look at, and short ones for how calls begin and end. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import type { Note } from './page.js';
import type { SdkPage, TwilioEnv } from './test-env.js';

const MESSAGE = { content: { say: 'hello' }, messageType: 'user-defined-message' };

/** Two people at their desks. */
export interface Pair {
  readonly alice: SdkPage;
  readonly bob: SdkPage;
}

/** Opens both, Bob registered. */
export async function pairOf(
  env: TwilioEnv,
  hers: Record<string, unknown> = {},
  his: Record<string, unknown> = {},
): Promise<Pair> {
  const [alice, bob] = await Promise.all([env.alice(), env.bob()]);
  await alice.device(await env.vendorToken('alice'), hers);
  await bob.device(await env.vendorToken('bob'), his);
  await bob.register();
  return { alice, bob };
}

/** Sends both home. */
export async function leave({ alice, bob }: Pair): Promise<void> {
  await Promise.all([alice.close(), bob.close()]);
}

/** Alice calls, Bob takes it, both are open. */
export async function talk(
  { alice, bob }: Pair,
  options: Record<string, unknown> = { params: { To: 'bob', colour: 'red & blue' } },
): Promise<void> {
  await alice.call(options);
  await bob.until('device', 'incoming');
  await bob.run(() => window.twilioPage.call.accept());
  await Promise.all([alice.until('call', 'accept'), bob.until('call', 'accept')]);
}

interface Story {
  readonly alice: readonly Note[];
  readonly bob: readonly Note[];
  readonly hers: Record<string, unknown>;
  readonly his: Record<string, unknown>;
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
  readonly sid: string;
  readonly codec: string;
  readonly asked: Readonly<Record<string, string>>;
}

/** What a call looks like from one side. */
function factsOf(sdkPage: SdkPage): Promise<Record<string, unknown>> {
  return sdkPage.run(() => {
    const { call, device } = window.twilioPage;
    const { parameters, customParameters, callerInfo, direction, outboundConnectionId } = call;
    return {
      parameters,
      custom: Object.fromEntries(customParameters),
      callerInfo,
      direction,
      outboundConnectionId,
      status: call.status(),
      text: String(call),
      local: call.getLocalStream()?.getAudioTracks().length,
      remote: call.getRemoteStream()?.getAudioTracks().length,
      busy: device.isBusy,
      calls: device.calls.length,
    };
  });
}

/** Says what was thought of the call, wrongly and rightly. */
function thinkOf(sdkPage: SdkPage): Promise<Record<string, unknown>> {
  return sdkPage.run(async () => {
    const { call, device } = window.twilioPage;
    const names: string[] = [];
    for (const wrong of [
      () => call.postFeedback(9 as never),
      () => call.postFeedback(1, 'hum' as never),
    ]) {
      try {
        await wrong();
      } catch (error) {
        names.push((error as Error).name);
      }
    }
    await call.postFeedback(4, 'echo');
    await call.postFeedback();
    return { names, status: call.status(), busy: device.isBusy };
  });
}

/** What both sides saw of one whole call. */
async function whole(env: TwilioEnv): Promise<Story> {
  const pair = await pairOf(env);
  const { alice, bob } = pair;
  await alice.call({ params: { To: 'bob', colour: 'red & blue' } });
  await bob.until('device', 'incoming');
  const before = await bob.run(() => {
    const { call, device } = window.twilioPage;
    return {
      status: call.status(),
      calls: device.calls.length,
      same: device.calls[0] === call,
      busy: device.isBusy,
      connectToken: typeof call.connectToken,
    };
  });
  await alice.until('call', 'ringing');
  await bob.run(() => window.twilioPage.call.accept({ rtcConstraints: { audio: true } }));
  await Promise.all([alice.until('call', 'accept'), bob.until('call', 'accept')]);
  const [hers, his] = [await factsOf(alice), await factsOf(bob)];
  await alice.until('call', 'sample');
  await alice.run((message) => {
    const { call } = window.twilioPage;
    call.mute();
    call.mute(false);
    call.sendDigits('1w#');
    window.twilioPage.call.sendMessage(message);
  }, MESSAGE);
  await Promise.all([alice.until('call', 'messageSent'), bob.until('call', 'messageReceived')]);
  const sid = String(hers['parameters'] && (hers['parameters'] as { CallSid: string }).CallSid);
  await expect
    .poll(
      async () => (await bob.emitted('call')).filter(({ event }) => event === 'sample').length,
      {
        timeout: 10_000,
      },
    )
    .toBeGreaterThan(3);
  const codec = await alice.run(() => window.twilioPage.call.codec);
  await bob.run(() => window.twilioPage.call.disconnect());
  await alice.until('call', 'disconnect');
  const after = await thinkOf(bob);
  const asked = env.asked.at(-1)?.fields ?? {};
  const story = { alice: await alice.emitted('call'), bob: await bob.emitted('call') };
  await leave(pair);
  return { ...story, hers, his, before, after, sid, asked, codec };
}

const names = (notes: readonly Note[]): string[] => {
  const often = ['sample', 'volume', 'warning', 'warning-cleared'];
  return notes.map(({ event }) => event).filter((event) => !often.includes(event));
};
const first = (notes: readonly Note[], event: string): readonly unknown[] | undefined =>
  notes.find((note) => note.event === event)?.values;

/** Declares them. */
export const calls = rows((surface, env: () => TwilioEnv) => {
  const story = once(() => whole(env()));
  properties(surface, story);
  events(surface, story);
  surface.row(
    'call.method.postFeedback',
    'stores what was thought of the call, and refuses what is no score and no issue',
    async () => {
      const { after, sid } = await story();
      expect(after['names']).toEqual(['InvalidArgumentError', 'InvalidArgumentError']);
      const stored = await env().feedback(sid.slice(2));
      expect(stored).toMatchObject([{ score: 4, issues: ['echo'] }]);
    },
  );
  samples(surface, story);
});

const properties = rows((surface, story: () => Promise<Story>) => {
  surface.row(
    ['call.property.parameters', 'call.property.customParameters', 'call.property.callerInfo'],
    'are those of the application, spelled as in its webhooks',
    async () => {
      const { his, hers, asked } = await story();
      expect(his['parameters']).toEqual({
        CallSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
        AccountSid: asked['AccountSid'],
        From: 'client:alice',
        To: 'client:bob',
        ApiVersion: '2010-04-01',
        Direction: 'inbound',
        Params: 'shoe=left%3Dright',
      });
      expect(his['custom']).toEqual({ shoe: 'left=right' });
      expect(hers['parameters']).toMatchObject({ CallSid: asked['CallSid'] });
      expect(hers['custom']).toEqual({ To: 'bob', colour: 'red & blue' });
      expect([his['callerInfo'], hers['callerInfo']]).toEqual([null, null]);
    },
  );
  surface.row(
    ['device.method.connect', 'connect.option.params'],
    "reach the application, together with the token's parameters",
    async () => {
      const { asked } = await story();
      expect(asked).toMatchObject({
        From: 'client:alice',
        To: 'bob',
        colour: 'red & blue',
        from_token: 'yes',
        CallStatus: 'ringing',
        Direction: 'inbound',
      });
    },
  );
  surface.row(
    ['call.property.direction', 'call.property.outboundConnectionId', 'call.method.toString'],
    'say who began the call',
    async () => {
      const { hers, his } = await story();
      expect([hers['direction'], his['direction']]).toEqual(['OUTGOING', 'INCOMING']);
      expect(hers['outboundConnectionId']).toMatch(/^TJS[0-9a-f-]{36}$/);
      expect(hers['text']).toBe('[Twilio.Call instance]');
    },
  );
  surface.row(
    [
      'device.property.calls',
      'device.property.isBusy',
      'device.event.incoming',
      'call.property.connectToken',
    ],
    'know calls that ring from calls that talk',
    async () => {
      const { before, his, after } = await story();
      const emitted = {
        status: 'pending',
        calls: 1,
        same: true,
        busy: false,
        connectToken: 'string',
      };
      expect(before).toEqual(emitted);
      expect([his['calls'], his['busy'], after['busy']]).toEqual([0, true, false]);
    },
  );
  surface.row(
    ['call.method.status', 'call.method.accept', 'call.method.disconnect'],
    'go from pending over open to closed',
    async () => {
      const { before, his, after } = await story();
      expect([before['status'], his['status'], after['status']]).toEqual([
        'pending',
        'open',
        'closed',
      ]);
    },
  );
  surface.row(
    ['call.method.getLocalStream', 'call.method.getRemoteStream'],
    'give a stream with one track',
    async () => {
      const { hers, his } = await story();
      expect([hers['local'], hers['remote'], his['local'], his['remote']]).toEqual([1, 1, 1, 1]);
    },
  );
  surface.row('call.property.codec', 'is that of the last sample', async () => {
    expect((await story()).codec).toBe('PCMU');
  });
});

const events = rows((surface, story: () => Promise<Story>) => {
  surface.row(
    ['call.event.ringing', 'call.event.audio', 'call.event.accept', 'call.event.disconnect'],
    'come in this order, with the vendor’s values',
    async () => {
      const { alice, bob } = await story();
      const emitted = names(alice);
      expect(emitted[0]).toBe('ringing');
      expect(emitted.indexOf('audio')).toBeGreaterThan(0);
      expect(emitted.indexOf('accept')).toBeGreaterThan(0);
      expect(emitted.at(-1)).toBe('disconnect');
      // The application's ring tone comes with the ringing.
      expect(first(alice, 'ringing')).toEqual([true]);
      expect(first(alice, 'audio')).toEqual(['HTMLAudioElement']);
      expect(first(alice, 'accept')).toEqual(['[Twilio.Call instance]']);
      expect(first(alice, 'disconnect')).toEqual(['[Twilio.Call instance]']);
      expect(names(bob).filter((event) => event === 'accept')).toEqual(['accept']);
    },
  );
  surface.row(
    ['call.event.mute', 'call.method.mute', 'call.method.isMuted'],
    'emit each change once',
    async () => {
      const { alice } = await story();
      const mutes = alice.filter(({ event }) => event === 'mute').map(({ values }) => values);
      const call = '[Twilio.Call instance]';
      expect(mutes).toEqual([
        [true, call],
        [false, call],
      ]);
    },
  );
  surface.row(
    ['call.event.messageSent', 'call.event.messageReceived', 'call.method.sendMessage'],
    'carry content, types and id',
    async () => {
      const { alice, bob } = await story();
      const message = {
        ...MESSAGE,
        contentType: 'application/json',
        voiceEventSid: expect.stringMatching(/^KX[0-9a-f]{32}$/),
      };
      expect(first(alice, 'messageSent')).toEqual([message]);
      expect(first(bob, 'messageReceived')).toEqual(first(alice, 'messageSent'));
    },
  );
  surface.row('call.event.volume', 'comes twenty times a second, between 0 and 1', async () => {
    const { bob } = await story();
    const volumes = bob.filter(({ event }) => event === 'volume');
    const seconds = ((volumes.at(-1)?.at ?? 0) - (volumes[0]?.at ?? 0)) / 1_000;
    // A busy machine lets some turns out, but never makes more of them.
    expect(volumes.length / seconds).toBeGreaterThan(10);
    expect(volumes.length / seconds).toBeLessThan(21);
    const loudest = Math.max(...volumes.map(({ values }) => Number(values[1])));
    expect(loudest).toBeGreaterThan(0.3);
    expect(loudest).toBeLessThanOrEqual(1);
  });
});

const samples = rows((surface, story: () => Promise<Story>) => {
  const taken = async (): Promise<Record<string, number> & { totals: Record<string, number> }> => {
    const { bob } = await story();
    return bob.findLast(({ event }) => event === 'sample')?.values[0] as never;
  };
  surface.row('call.event.sample', 'comes every second', async () => {
    const { bob } = await story();
    const at = bob.filter(({ event }) => event === 'sample').map((note) => note.at);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    expect(gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeGreaterThan(900);
  });
  const between = (name: string, least: number, most: number): void => {
    surface.row(`sample.${name}`, `is between ${least} and ${most}`, async () => {
      const value = (await taken())[name];
      expect(value).toBeGreaterThanOrEqual(least);
      expect(value).toBeLessThanOrEqual(most);
    });
  };
  between('audioInputLevel', 1_000, 32_767);
  between('audioOutputLevel', 1_000, 32_767);
  between('bytesReceived', 2_000, 20_000);
  between('bytesSent', 2_000, 20_000);
  between('packetsReceived', 20, 100);
  between('packetsSent', 20, 100);
  between('packetsLost', 0, 5);
  between('packetsLostFraction', 0, 20);
  between('jitter', 0, 50);
  between('rtt', 0, 100);
  between('mos', 3.5, 4.5);
  surface.row('sample.codecName', 'is what the browser calls it', async () => {
    const { alice } = await story();
    expect(first(alice, 'sample')).toMatchObject([{ codecName: 'PCMU' }]);
  });
  surface.row('sample.timestamp', 'is of now', async () => {
    const age = Date.now() - Number((await taken())['timestamp']);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(200_000);
  });
  surface.row('sample.totals', 'count since the call began', async () => {
    const { totals, ...second } = await taken();
    expect(Object.keys(totals).toSorted()).toEqual([
      'bytesReceived',
      'bytesSent',
      'packetsLost',
      'packetsLostFraction',
      'packetsReceived',
      'packetsSent',
    ]);
    expect(totals['packetsReceived']).toBeGreaterThan(Number(second['packetsReceived']));
    expect(totals['bytesSent']).toBeGreaterThan(Number(second['bytesSent']));
  });
});
