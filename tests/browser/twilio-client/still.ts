/** Rows that need no call: statics, the singleton, what is refused before it is set up. */
import { expect } from 'vitest';
import type * as ClientApi from '../../../sdk/src/facades/twilio/client/index.js';
import { rows } from '../surface.js';
import type { Desk } from '../twilio/office.js';

/** Declares them. */
export const still = rows((surface, desk: () => Desk) => {
  statics(surface, desk);
  singleton(surface, desk);
});

const statics = rows((surface, desk: () => Desk) => {
  surface.row(
    ['export.Device', 'export.Connection', 'export.PreflightTest'],
    'are classes',
    async () => {
      const kinds = await desk().run(() => {
        const { Device, Connection, PreflightTest } = window.Twilio as unknown as typeof ClientApi;
        return [Device, Connection, PreflightTest].map((each) => typeof each);
      });
      expect(kinds).toEqual(['function', 'function', 'function']);
    },
  );
  surface.row(
    ['device.state.Status', 'device.state.EventName', 'device.state.SoundName'],
    'have the vendor’s words',
    async () => {
      const said = await desk().run(() => {
        const { Status, EventName, SoundName } = (window.Twilio as unknown as typeof ClientApi)
          .Device;
        return { Status, EventName, sounds: Object.keys(SoundName).length };
      });
      expect(said).toEqual({
        Status: { Busy: 'busy', Offline: 'offline', Ready: 'ready' },
        EventName: {
          Cancel: 'cancel',
          Connect: 'connect',
          Disconnect: 'disconnect',
          Error: 'error',
          Incoming: 'incoming',
          Offline: 'offline',
          Ready: 'ready',
        },
        sounds: 15,
      });
    },
  );
  surface.row(
    ['State', 'FeedbackScore', 'FeedbackIssue', 'CallDirection', 'Codec'].map(
      (name) => `connection.static.${name}`,
    ),
    'have the vendor’s words',
    async () => {
      const said = await desk().run(() => {
        const { State, FeedbackScore, FeedbackIssue, CallDirection, Codec } = (
          window.Twilio as unknown as typeof ClientApi
        ).Connection;
        return [State, FeedbackScore, FeedbackIssue, CallDirection, Codec].map((each) =>
          Object.values(each).join(),
        );
      });
      expect(said).toEqual([
        'closed,connecting,open,pending,reconnecting,ringing',
        '1,2,3,4,5',
        'audio-latency,choppy-audio,dropped-call,echo,noisy-call,one-way-audio',
        'INCOMING,OUTGOING',
        'opus,pcmu',
      ]);
    },
  );
  surface.row(
    ['isSupported', 'packageName', 'version', 'audioContext', 'extension', 'toString'].map(
      (name) => `device.static.${name}`,
    ),
    'say what this is',
    async () => {
      const said = await desk().run(() => {
        const { Device, Connection } = window.Twilio as unknown as typeof ClientApi;
        const contexts = [0, 1].map(() => Device.audioContext);
        return {
          is: [Device.isSupported, Device.packageName, Device.extension],
          version: Device.version,
          same: contexts[0] === contexts[1] && contexts[0] !== undefined,
          texts: [String(Device), String(new Device()), String(Connection)],
        };
      });
      expect(said).toEqual({
        is: [true, 'twilio-client', 'mp3'],
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        same: true,
        texts: ['[Twilio.Device class]', '[Twilio.Device instance]', '[Twilio.Connection class]'],
      });
    },
  );
  surface.row(
    ['connection.static.toString', 'device.method.toString', 'device.method.constructor'],
    'name their class, and refuse options without a token',
    async () => {
      const said = await desk().run(() => {
        const { Device, Connection } = window.Twilio as unknown as typeof ClientApi;
        try {
          new Device(undefined, { debug: true });
          return [];
        } catch (error) {
          return [String(Connection), new Device().toString(), (error as Error).name];
        }
      });
      expect(said).toEqual([
        '[Twilio.Connection class]',
        '[Twilio.Device instance]',
        'InvalidArgumentError',
      ]);
    },
  );
});

const singleton = rows((surface, desk: () => Desk) => {
  surface.row(
    [
      'device.static.instance',
      'device.static.destroy',
      'device.state.unready',
      'device.property.isInitialized',
    ],
    'are one hidden device, that can do nothing before it is set up',
    async () => {
      const said = await desk().run(() => {
        const { Device } = window.Twilio as unknown as typeof ClientApi;
        const name = (deed: () => unknown): string => {
          try {
            deed();
            return 'done';
          } catch (error) {
            return (error as Error).name;
          }
        };
        const first = Device.instance;
        const kept = Device.instance === first;
        const replaced = name(() => {
          Device.instance = first as never;
        });
        const refused = [
          () => Device.connect({}),
          () => Device.status(),
          () => Device.activeConnection(),
          () => Device.disconnectAll(),
          () => Device.registerPresence(),
          () => Device.region(),
        ].map(name);
        const { isInitialized, token, audio, connections } = Device;
        Device.destroy();
        const fresh = Device.instance !== first;
        Device.instance = null;
        return {
          kept,
          replaced,
          refused,
          isInitialized,
          token,
          audio,
          connections,
          fresh,
          edge: 'edge' in Device,
        };
      });
      expect(said).toEqual({
        kept: true,
        replaced: 'InvalidArgumentError',
        refused: Array(6).fill('InvalidStateError'),
        isInitialized: false,
        token: null,
        audio: null,
        connections: [],
        fresh: true,
        edge: false,
      });
    },
  );
});
