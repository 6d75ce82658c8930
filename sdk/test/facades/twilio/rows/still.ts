/** Rows that need no call: names, classes, errors, the logger, what is refused at once. */
import { expect } from 'vitest';
import * as Twilio from '../../../../src/facades/twilio/index.js';
import { rows } from '../../surface.js';

/** Declares them. */
export const still = rows((surface) => {
  exportsAndStatics(surface);
  emitters(surface);
  errors(surface);
  logger(surface);
});

const exportsAndStatics = rows((surface) => {
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
    surface.row(key, 'has the vendor’s words', () => {
      const [kind = '', , name = ''] = key.split('.');
      const { Device, Call, PreflightTest } = Twilio;
      const holder = { device: Device, call: Call, preflight: PreflightTest }[kind];
      expect((holder as unknown as Record<string, unknown>)[name]).toEqual(expected);
    });
  }
  surface.row('device.static.SoundName', 'names every sound once', () => {
    const found = Object.values(Twilio.Device.SoundName);
    expect(found.toSorted()).toEqual(surface.names('device.sound').toSorted());
  });
  surface.row(
    ['device.static.toString', 'device.method.toString', 'call.static.toString'],
    'say which class it is',
    () => {
      const { Device, Call } = Twilio;
      const device = new Device('token');
      const texts = [String(Device), String(device), String(Call)];
      device.destroy();
      const said = texts;
      expect(said).toEqual([
        '[Twilio.Device class]',
        '[Twilio.Device instance]',
        '[Twilio.Call class]',
      ]);
    },
  );
});

const emitters = rows((surface) => {
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
    () => {
      const device = new Twilio.Device('token');
      const emitted: string[] = [];
      const listener = (value: string): void => void emitted.push(value);
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
      const said = { emitted, counts, left, names, after };
      expect(said).toEqual({
        emitted: ['first', 'first'],
        counts: [1, 1],
        left: false,
        names: ['z'],
        after: [],
      });
    },
  );
});

const errors = rows((surface) => {
  for (const code of surface.names('error')) {
    surface.row(`error.${code}`, 'has its class, name and words', () => {
      const [family = '', name = ''] = surface.rows.get(`error.${code}`)?.split(' ') ?? [];
      const { TwilioError } = Twilio;
      const groups = TwilioError as unknown as Record<string, Record<string, never>>;
      const Class = groups[family]?.[name] as unknown as typeof TwilioError.TwilioError;
      const made = new Class('gone', new Error('why'));
      const said = {
        same: TwilioError.getErrorByCode(Number(code)) === (Class as unknown),
        is: made instanceof TwilioError.TwilioError && made instanceof Error,
        name: made.name,
        code: made.code,
        message: made.message,
        words: [made.description, made.explanation].every((text) => text.length > 0),
        lists: [made.causes, made.solutions].every(({ length }) => length > 0),
      };
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
    () => {
      const made = new Twilio.TwilioError.MediaErrors.ConnectionError({ reason: 1 });
      const { causes, code, description, explanation, message, name, originalError, solutions } =
        made;
      const said = {
        causes,
        code,
        description,
        explanation,
        message,
        name,
        originalError,
        solutions,
      };
      expect(said).toMatchObject({
        causes: [expect.any(String)],
        code: 53405,
        description: expect.any(String),
        explanation: expect.any(String),
        message: expect.stringMatching(/^ConnectionError \(53405\): /),
        name: 'ConnectionError',
        originalError: { reason: 1 },
        solutions: [expect.any(String)],
      });
    },
  );
  surface.row(
    surface.names('error.plain').map((name) => `error.plain.${name}`),
    'are there, and a code without a class is an invalid argument',
    () => {
      const { TwilioError } = Twilio;
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
      const said = {
        made: made.map(({ name, message }) => [name, message]),
        refused: refused instanceof TwilioError.InvalidArgumentError,
        has: [TwilioError.hasErrorByCode(31005), TwilioError.hasErrorByCode(1)],
      };
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

const logger = rows((surface) => {
  surface.row(
    ['device.option.logLevel', ...surface.names('logger').map((name) => `logger.${name}`)],
    'write from the level on, which a device sets',
    () => {
      const { Logger, Device } = Twilio;
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
      const said = { written, level };
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
