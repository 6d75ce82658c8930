/** Rows that need no call: statics, the singleton, what is refused before it is set up. */
import { expect } from 'vitest';
import { Connection, Device } from '../../../../src/facades/twilio/client/index.js';
import { rows } from '../../surface.js';

/** Declares them. */
export const still = rows((surface) => {
  statics(surface);
  singleton(surface);
});

const statics = rows((surface) => {
  surface.row(
    ['device.state.Status', 'device.state.EventName', 'device.state.SoundName'],
    'have the vendor’s words',
    () => {
      const { Status, EventName, SoundName } = Device;
      const said = { Status, EventName, sounds: Object.keys(SoundName).length };
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
    () => {
      const { State, FeedbackScore, FeedbackIssue, CallDirection, Codec } = Connection;
      const said = [State, FeedbackScore, FeedbackIssue, CallDirection, Codec].map((each) =>
        Object.values(each).join(),
      );
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
    ['connection.static.toString', 'device.method.toString', 'device.method.constructor'],
    'name their class, and refuse options without a token',
    () => {
      let refused = '';
      try {
        new Device(undefined, { debug: true });
      } catch (error) {
        refused = (error as Error).name;
      }
      const said = [String(Connection), new Device().toString(), refused];
      expect(said).toEqual([
        '[Twilio.Connection class]',
        '[Twilio.Device instance]',
        'InvalidArgumentError',
      ]);
    },
  );
});

const singleton = rows((surface) => {
  surface.row(
    [
      'device.static.instance',
      'device.static.destroy',
      'device.state.unready',
      'device.property.isInitialized',
    ],
    'are one hidden device, that can do nothing before it is set up',
    () => {
      const name = (access: () => unknown): string => {
        try {
          access();
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
      const said = {
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
