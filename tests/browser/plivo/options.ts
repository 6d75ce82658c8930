/** Options: what holds, what is refused, and what each of them does. */
import { expect, vi } from 'vitest';
import { onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import { connect, type Phone, type PlivoEnv } from './test-env.js';

type Frame = Record<string, unknown>;

/** For each option, values that hold, and values that are refused. */
const VALUES: Readonly<Record<string, readonly [readonly unknown[], readonly unknown[]]>> = {
  debug: [
    ['OFF', 'error', 'Warn', 'INFO', 'DEBUG', 'ALL'],
    ['LOUD', 7, null],
  ],
  permOnClick: [
    [true, false],
    ['yes', 1],
  ],
  dtmfOptions: [[{ sendDtmfType: ['INBAND'] }], [{}, { sendDtmfType: [] }, 'inband']],
  audioConstraints: [[{ echoCancellation: false }], ['none', 3]],
  enableTracking: [[false], ['no']],
  enableQualityTracking: [
    ['REMOTEONLY', 'NONE'],
    ['SOME', true],
  ],
  closeProtection: [[true], [1]],
  dscp: [[false], ['false']],
  allowMultipleIncomingCalls: [[true], [2]],
  clientRegion: [
    ['usa_west', 'south_asia'],
    ['mars', 1],
  ],
  enableNoiseReduction: [[false], ['off']],
  usePlivoStunServers: [[true], ['yes']],
  useDefaultAudioDevice: [[true], ['yes']],
  maxAverageBitrate: [
    [8_000, 48_000],
    [7_999, 48_001, 20_000.5, '20000'],
  ],
  refreshRegistrationTimer: [
    [100, 86_400],
    [99, 86_401, '120'],
  ],
};

/** Declares the rows. */
export const options = rows((surface, env: () => PlivoEnv) => {
  surface.row(
    Object.keys(VALUES).map((name) => `option.${name}`),
    'what makes sense holds; what makes none is logged, and the default holds',
    async () => {
      const phone = await env().phone({ permOnClick: true });
      const results = await phone.run(
        (values) => {
          const { plivoPage, Plivo } = window;
          const usual = new Plivo().client.options as unknown as Record<string, unknown>;
          return Object.entries(values).map(([name, [good, bad]]) => {
            const made = (value: unknown): [unknown, number] => {
              const before = plivoPage.lines.length;
              const { client } = new Plivo({ [name]: value });
              const held = (client.options as unknown as Record<string, unknown>)[name];
              return [
                held,
                plivoPage.lines.slice(before).filter(({ level }) => level === 'error').length,
              ];
            };
            const same = (value: unknown): string => JSON.stringify(value).toLowerCase();
            return {
              name,
              held: good.filter((value) => same(made(value)[0]) !== same(value)),
              refused: bad.filter((value) => {
                const [held, errors] = made(value);
                return same(held) !== same(usual[name]) || errors < 1;
              }),
            };
          });
        },
        VALUES as Record<string, [unknown[], unknown[]]>,
      );
      for (const { name, held, refused } of results) {
        expect({ name, held, refused }).toEqual({ name, held: [], refused: [] });
      }
    },
  );

  surface.row(
    ['option.usePlivoStunServers', 'option.refreshRegistrationTimer'],
    'the product’s spellings are understood as well, and unknown names are logged',
    async () => {
      const phone = await env().phone({
        permOnClick: true,
        usePlivoStunServer: true,
        registrationRefreshTimer: 60,
        colour: 'red',
      });
      expect(await phone.reads('options')).toMatchObject({
        usePlivoStunServers: true,
        refreshRegistrationTimer: 60,
      });
      const lines = await phone.run(() =>
        window.plivoPage.lines.map(({ text }) => text).join('\n'),
      );
      expect(lines).toContain('Ignoring invalid option key colour');
    },
  );

  surface.row(['option.debug', 'method.setDebug'], 'sets how much is written', async () => {
    const phone = await env().phone({ permOnClick: true, debug: 'OFF' });
    const written = async (level: string): Promise<number> => {
      await phone.does('setDebug', level);
      return phone.run(() => {
        const before = window.plivoPage.lines.length;
        window.plivoPage.client.hangup();
        window.plivoPage.client.reject();
        window.plivoPage.client.sendDtmf('no key');
        return window.plivoPage.lines.length - before;
      });
    };
    expect(await written('OFF')).toBe(0);
    expect(await written('ERROR')).toBe(1);
    expect(await written('WARN')).toBe(2);
    expect((await phone.reads('options')).debug).toBe('WARN');
  });

  surface.row(
    ['option.permOnClick', 'event.onMediaPermission'],
    'the microphone is asked for at once, or at the first call',
    async () => {
      const early = await env().phone();
      expect(await early.until('onMediaPermission')).toEqual([{ status: 'success', stream: true }]);
      expect(await early.run(() => window.plivoPage.constraints.length)).toBe(1);
      const late = await env().phone({ permOnClick: true });
      expect(await late.until('onMediaPermission')).toEqual([{ status: 'success', stream: false }]);
      expect(await late.run(() => window.plivoPage.constraints.length)).toBe(0);
    },
  );

  surface.row('event.onMediaPermission', 'reports a denied microphone', async () => {
    const alice = await env().inside('alice', { permOnClick: true });
    await alice.run(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await alice.does('call', 'bob', {});
    expect(await alice.until('onMediaPermission')).toEqual([
      { status: 'failure', error: 'NotAllowedError' },
    ]);
    const [cause, call] = await alice.until('onCallFailed');
    expect(cause).toBe('User Denied Media Access');
    expect(call).toMatchObject({ state: 'failed', originator: 'local' });
    expect(
      await alice.run(() => window.plivoPage.client.audio.revealAudioDevices().catch(String)),
    ).toBe('NotAllowedError');
  });

  surface.row(
    [
      'option.audioConstraints',
      'option.maxAverageBitrate',
      'option.dscp',
      'option.clientRegion',
      'option.dtmfOptions',
    ],
    'each arrives where it is needed',
    async () => {
      const alice = await env().inside('alice', {
        audioConstraints: { optional: [{ googEchoCancellation: false }], autoGainControl: false },
        maxAverageBitrate: 16_000,
        clientRegion: 'europe',
        dtmfOptions: { sendDtmfType: ['inband'] },
      });
      const bob = await env().inside('bob', { dscp: false });
      await connect(alice, bob);
      const constraints = await alice.run(() => window.plivoPage.constraints.at(-1)?.audio);
      expect(constraints).toMatchObject({ echoCancellation: false, autoGainControl: false });
      expect(constraints).not.toHaveProperty('optional');
      const invite = await alice.run(() =>
        window.plivoPage.frames.find(({ type }) => type === 'invite'),
      );
      expect(invite?.['sdp']).toContain('maxaveragebitrate=16000');
      expect((invite?.['headers'] as Frame)['X-ClientRegion']).toBe('europe');
      expect(await priority(alice)).toBe('high');
      expect(await priority(bob)).toBe('low');
      // Tones within the voice are no events, neither here nor there.
      await alice.does('sendDtmf', '5');
      expect(await alice.run(() => window.plivoPage.keys)).toEqual([]);
    },
  );

  const tracked = onceEarly(async () => {
    const begin = async (given: Record<string, unknown>): Promise<Phone> => {
      const phone = await env().inside('robot', given, { lasting: true });
      await phone.run(() => {
        window.plivoPage.doctor.iceGatheringState = 'gathering';
      });
      await phone.does('call', 'robot', {});
      await phone.until('onCallAnswered');
      return phone;
    };
    const emitted = async (phone: Phone): Promise<[boolean, boolean]> => {
      const frames = await phone.run(() => window.plivoPage.frames.map(({ type }) => type));
      return [(await phone.count('mediaMetrics')) > 0, frames.includes('samples')];
    };
    const none = await begin({ enableTracking: false });
    const local = await begin({ enableQualityTracking: 'localonly' });
    // The finer words go before the other option.
    const remote = await begin({ enableTracking: false, enableQualityTracking: 'remoteonly' });
    const all = await begin({});
    // Events come in the order in which the calls began.
    await vi.waitFor(async () => expect(await emitted(all)).toEqual([true, true]), {
      timeout: 20_000,
    });
    const phones = [none, local, remote];
    const others = await Promise.all(phones.map(emitted));
    await Promise.all([all, ...phones].map((phone) => phone.close()));
    return { others, faults: [all, ...phones].flatMap(({ faults }) => faults) };
  });
  surface.row(
    ['option.enableTracking', 'option.enableQualityTracking'],
    'choose who gets quality metrics',
    async () => {
      const { others, faults } = await tracked();
      expect(others).toEqual([
        [false, false],
        [true, false],
        [false, true],
      ]);
      expect(faults).toEqual([]);
    },
  );

  surface.row('option.closeProtection', 'asks before the page is left in a call', async () => {
    const [alice] = await env().talking({ closeProtection: true });
    await alice.page.mouse.click(5, 5);
    const asked = new Promise<string>((resolve) => {
      alice.page.once('dialog', async (dialog) => {
        resolve(dialog.type());
        await dialog.dismiss();
      });
    });
    // The page's own question is not in the way, nor taken away.
    await alice.run(() => {
      window.onbeforeunload = () => undefined;
    });
    await alice.run(() => void location.reload());
    expect(await asked).toBe('beforeunload');
    expect(await alice.run(() => window.onbeforeunload !== null)).toBe(true);
    expect(await alice.does('getCallUUID')).not.toBeNull();
    await alice.does('hangup');
    const left = await alice.run(() => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    });
    expect(left).toBe(false);
  });

  surface.row(
    'option.closeProtection',
    'without it a page that is left ends its call',
    async () => {
      const [alice, bob] = await env().talking();
      await alice.page.goto('about:blank');
      expect((await bob.until('onCallTerminated'))[0]).toMatchObject({ originator: 'remote' });
    },
  );

  surface.row('variable.version', 'is the SDK’s own', async () => {
    const phone = await env().phone();
    expect(await phone.reads('version')).toMatch(/^\d+\.\d+\.\d+/);
  });

  surface.row(
    ['method.webRTC', 'event.onWebrtcNotSupported'],
    'a browser without WebRTC emits an event',
    async () => {
      const able = await env().phone();
      expect(await able.does('webRTC')).toBe(true);
      expect(await able.count('onWebrtcNotSupported')).toBe(0);
      const prepare = (): void => {
        Object.defineProperty(window, 'RTCPeerConnection', { value: undefined });
      };
      const unable = await env().phone({}, { prepare });
      await unable.until('onWebrtcNotSupported');
      expect(await unable.does('webRTC')).toBe(false);
    },
  );
});

/** How urgent somebody's packets are. */
function priority(phone: Phone): Promise<string | undefined> {
  return phone.run(() => {
    const [sender] = window.plivoPage.client.getPeerConnection().pc?.getSenders() ?? [];
    return sender?.getParameters().encodings[0]?.networkPriority;
  });
}
