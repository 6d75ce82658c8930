/** Rows that need no call: names, classes, errors, the logger, what is refused at once. */
import { expect } from 'vitest';
import { rows } from '../surface.js';
import type { Desk } from './office.js';

/** Declares them. */
export const still = rows((surface, desk: () => Desk) => {
  exportsAndStatics(surface, desk);
  emitters(surface, desk);
  errors(surface, desk);
  logger(surface, desk);
});

const exportsAndStatics = rows((surface, desk: () => Desk) => {
  const classes = ['Device', 'Call', 'PreflightTest', 'Logger', 'TwilioError'];
  surface.row(
    classes.map((name) => `export.${name}`),
    'are there',
    async () => {
      const kinds = await desk().run(
        (names) => names.map((name) => typeof window.Twilio[name as 'Device']),
        classes,
      );
      expect(kinds).toEqual(['function', 'function', 'function', 'object', 'object']);
    },
  );

  const words: [string, Record<string, string | number>][] = [
    [
      'device.static.EventName',
      {
        Error: 'error',
        Incoming: 'incoming',
        Destroyed: 'destroyed',
        Unregistered: 'unregistered',
        Registering: 'registering',
        Registered: 'registered',
        TokenWillExpire: 'tokenWillExpire',
      },
    ],
    [
      'device.static.State',
      {
        Destroyed: 'destroyed',
        Unregistered: 'unregistered',
        Registering: 'registering',
        Registered: 'registered',
      },
    ],
    [
      'call.static.State',
      {
        Closed: 'closed',
        Connecting: 'connecting',
        Open: 'open',
        Pending: 'pending',
        Reconnecting: 'reconnecting',
        Ringing: 'ringing',
      },
    ],
    ['call.static.FeedbackScore', { One: 1, Two: 2, Three: 3, Four: 4, Five: 5 }],
    [
      'call.static.FeedbackIssue',
      {
        AudioLatency: 'audio-latency',
        ChoppyAudio: 'choppy-audio',
        DroppedCall: 'dropped-call',
        Echo: 'echo',
        NoisyCall: 'noisy-call',
        OneWayAudio: 'one-way-audio',
      },
    ],
    ['call.static.CallDirection', { Incoming: 'INCOMING', Outgoing: 'OUTGOING' }],
    ['call.static.Codec', { Opus: 'opus', PCMU: 'pcmu' }],
    ['call.static.IceGatheringFailureReason', { None: 'none', Timeout: 'timeout' }],
    [
      'call.static.MediaFailure',
      {
        ConnectionDisconnected: 'ConnectionDisconnected',
        ConnectionFailed: 'ConnectionFailed',
        IceGatheringFailed: 'IceGatheringFailed',
        LowBytes: 'LowBytes',
      },
    ],
    [
      'preflight.static.CallQuality',
      {
        Excellent: 'excellent',
        Great: 'great',
        Good: 'good',
        Fair: 'fair',
        Degraded: 'degraded',
      },
    ],
    [
      'preflight.static.Events',
      {
        Completed: 'completed',
        Connected: 'connected',
        Failed: 'failed',
        Sample: 'sample',
        Warning: 'warning',
      },
    ],
    [
      'preflight.static.Status',
      {
        Connecting: 'connecting',
        Connected: 'connected',
        Completed: 'completed',
        Failed: 'failed',
      },
    ],
  ];
  for (const [key, expected] of words) {
    surface.row(key, 'has the vendor’s words', async () => {
      const [kind = '', , name = ''] = key.split('.');
      const found = await desk().run(
        (of, list) => {
          const { Device, Call, PreflightTest } = window.Twilio;
          const holder = { device: Device, call: Call, preflight: PreflightTest }[of];
          return (holder as unknown as Record<string, unknown>)[list];
        },
        kind,
        name,
      );
      expect(found).toEqual(expected);
    });
  }
  surface.row('device.static.SoundName', 'names every sound once', async () => {
    const found = await desk().run(() => Object.values(window.Twilio.Device.SoundName));
    expect(found.toSorted()).toEqual(surface.names('device.sound').toSorted());
  });
  surface.row(
    ['device.static.isSupported', 'device.static.packageName', 'device.static.version'],
    'say what this is',
    async () => {
      const said = await desk().run(() => {
        const { isSupported, packageName, version } = window.Twilio.Device;
        return { isSupported, packageName, version };
      });
      expect(said).toEqual({
        isSupported: true,
        packageName: '@twilio/voice-sdk',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      });
    },
  );
  surface.row(
    ['device.static.audioContext', 'device.static.extension'],
    'are one context for all, and a kind of file that plays here',
    async () => {
      const said = await desk().run(() => {
        const { Device } = window.Twilio;
        const { audioContext, extension } = Device;
        return [
          audioContext instanceof AudioContext,
          audioContext === Device.audioContext,
          extension,
        ];
      });
      expect(said).toEqual([true, true, 'mp3']);
    },
  );
  surface.row(
    ['device.static.toString', 'device.method.toString', 'call.static.toString'],
    'say which class it is',
    async () => {
      const said = await desk().run(() => {
        const { Device, Call } = window.Twilio;
        const device = new Device('token');
        const texts = [String(Device), String(device), String(Call)];
        device.destroy();
        return texts;
      });
      expect(said).toEqual([
        '[Twilio.Device class]',
        '[Twilio.Device instance]',
        '[Twilio.Call class]',
      ]);
    },
  );
  surface.row(
    'device.method.constructor',
    'opens nothing, and refuses a token that is no text',
    async () => {
      const said = await desk().run(() => {
        const sockets = performance.getEntriesByType('resource').length;
        const device = new window.Twilio.Device('token', {});
        const { state, token, edge, identity, isBusy, calls } = device;
        let refused = '';
        try {
          new window.Twilio.Device(7 as never);
        } catch (error) {
          refused = (error as Error).name;
        }
        device.destroy();
        const opened = performance.getEntriesByType('resource').length - sockets;
        return { state, token, edge, identity, isBusy, calls, refused, opened };
      });
      expect(said).toEqual({
        state: 'unregistered',
        token: 'token',
        edge: null,
        identity: null,
        isBusy: false,
        calls: [],
        refused: 'InvalidArgumentError',
        opened: 0,
      });
    },
  );
});

const emitters = rows((surface, desk: () => Desk) => {
  const methods = [
    'on',
    'once',
    'off',
    'addListener',
    'removeListener',
    'removeAllListeners',
    'emit',
    'listeners',
    'listenerCount',
    'eventNames',
  ];
  surface.row(
    methods.map((name) => `device.method.${name}`),
    'are those of an event emitter',
    async () => {
      const said = await desk().run(() => {
        const device = new window.Twilio.Device('token');
        const heard: string[] = [];
        const listener = (value: string): void => void heard.push(value);
        device.on('x', listener).once('x', listener).addListener('y', listener);
        device.emit('x', 'first');
        const counts = [device.listenerCount('x'), device.listeners('x').length];
        device.off('x', listener);
        device.removeListener('y', listener);
        const left = device.emit('x', 'second') || device.emit('y', 'third');
        device.on('z', listener);
        const names = device.eventNames();
        device.removeAllListeners();
        const after = device.eventNames();
        device.destroy();
        return { heard, counts, left, names, after };
      });
      expect(said).toEqual({
        heard: ['first', 'first'],
        counts: [1, 1],
        left: false,
        names: ['z'],
        after: [],
      });
    },
  );
});

const errors = rows((surface, desk: () => Desk) => {
  for (const code of surface.names('error')) {
    surface.row(`error.${code}`, 'has its class, name and words', async () => {
      const [family = '', name = ''] = surface.rows.get(`error.${code}`)?.split(' ') ?? [];
      const said = await desk().run(
        (number, group, wanted) => {
          const { TwilioError } = window.Twilio;
          const groups = TwilioError as unknown as Record<string, Record<string, never>>;
          const Class = groups[group]?.[wanted] as unknown as typeof TwilioError.TwilioError;
          const made = new Class('gone', new Error('why'));
          return {
            same: TwilioError.getErrorByCode(number) === (Class as unknown),
            is: made instanceof TwilioError.TwilioError && made instanceof Error,
            name: made.name,
            code: made.code,
            message: made.message,
            words: [made.description, made.explanation].every((text) => text.length > 0),
            lists: [made.causes, made.solutions].every(({ length }) => length > 0),
          };
        },
        Number(code),
        family,
        name,
      );
      expect(said).toEqual({
        same: true,
        is: true,
        name,
        code: Number(code),
        message: `${name} (${code}): gone`,
        words: true,
        lists: true,
      });
    });
  }
  surface.row(
    surface.names('error.field').map((name) => `error.field.${name}`),
    'are on every error',
    async () => {
      const said = await desk().run(() => {
        const made = new window.Twilio.TwilioError.MediaErrors.ConnectionError({ told: 1 });
        const { causes, code, description, explanation, message, name, originalError, solutions } =
          made;
        return { causes, code, description, explanation, message, name, originalError, solutions };
      });
      expect(said).toMatchObject({
        causes: [expect.any(String)],
        code: 53405,
        description: expect.any(String),
        explanation: expect.any(String),
        message: expect.stringMatching(/^ConnectionError \(53405\): /),
        name: 'ConnectionError',
        originalError: { told: 1 },
        solutions: [expect.any(String)],
      });
    },
  );
  surface.row(
    surface.names('error.plain').map((name) => `error.plain.${name}`),
    'are there, and a code without a class is an invalid argument',
    async () => {
      const said = await desk().run(() => {
        const { TwilioError } = window.Twilio;
        const made = [
          new TwilioError.InvalidArgumentError('a'),
          new TwilioError.InvalidStateError('b'),
          new TwilioError.NotSupportedError('c'),
        ];
        let refused: unknown;
        try {
          TwilioError.getErrorByCode(1);
        } catch (error) {
          refused = error;
        }
        return {
          made: made.map(({ name, message }) => [name, message]),
          refused: refused instanceof TwilioError.InvalidArgumentError,
          has: [TwilioError.hasErrorByCode(31005), TwilioError.hasErrorByCode(1)],
        };
      });
      expect(said).toEqual({
        made: [
          ['InvalidArgumentError', 'a'],
          ['InvalidStateError', 'b'],
          ['NotSupportedError', 'c'],
        ],
        refused: true,
        has: [true, false],
      });
    },
  );
});

const logger = rows((surface, desk: () => Desk) => {
  surface.row(
    ['device.option.logLevel', ...surface.names('logger').map((name) => `logger.${name}`)],
    'write from the level on, which a device sets',
    async () => {
      const said = await desk().run(() => {
        const { Logger, Device } = window.Twilio;
        const written: string[] = [];
        const before = Logger.methodFactory;
        Logger.methodFactory = (method) => (line) => void written.push(`${method} ${String(line)}`);
        const say = (word: string): void => {
          for (const method of ['trace', 'debug', 'info', 'warn', 'error'] as const)
            Logger[method](word);
        };
        const device = new Device('token', { logLevel: 'warn' });
        say('device');
        Logger.setLevel(Logger.levels.ERROR);
        say('own');
        Logger.setDefaultLevel('trace');
        const level = Logger.getLevel();
        Logger.enableAll();
        say('all');
        Logger.disableAll();
        say('none');
        Logger.methodFactory = before;
        Logger.resetLevel();
        Logger.setDefaultLevel('silent');
        device.destroy();
        return { written, level };
      });
      expect(said).toEqual({
        written: [
          'warn device',
          'error device',
          'error own',
          'trace all',
          'debug all',
          'info all',
          'warn all',
          'error all',
        ],
        level: 4,
      });
    },
  );
});
