/** A page with the vendor's first generation. */
import type * as ClientApi from '../../../sdk/src/facades/twilio/client/index.js';
import type { SdkPage } from '../twilio/test-env.js';

export const DEVICE_EVENTS = [
  'ready',
  'offline',
  'incoming',
  'connect',
  'disconnect',
  'cancel',
  'error',
] as const;
export const CONNECTION_EVENTS = [
  'accept',
  'audio',
  'cancel',
  'disconnect',
  'error',
  'mute',
  'reject',
  'volume',
  'sample',
  'ringing',
  'reconnecting',
  'reconnected',
  'warning',
  'warning-cleared',
] as const;

declare global {
  interface Window {
    first: {
      readonly Twilio: typeof ClientApi;
      device: ClientApi.Device;
      connection: ClientApi.Connection;
    };
  }
}

/** Sets a device up, and notes its events as `device` and those of incoming connections as `connection`. */
export async function setUp(
  sdkPage: SdkPage,
  token: string,
  options: Record<string, unknown> = {},
): Promise<void> {
  await sdkPage.run(
    (given, wanted, ofDevice, ofConnection) => {
      const Twilio = window.Twilio as unknown as typeof ClientApi;
      const device = new Twilio.Device();
      window.first = { Twilio, device, connection: undefined as never };
      window.twilioPage.note('device', device, ofDevice);
      device.on('incoming', (connection: ClientApi.Connection) => {
        window.first.connection = connection;
        window.twilioPage.note('connection', connection, ofConnection);
      });
      device.setup(given, wanted);
    },
    token,
    options,
    [...DEVICE_EVENTS],
    [...CONNECTION_EVENTS],
  );
  await sdkPage.until('device', 'ready');
}

/** Calls, and notes the connection's events as `connection`. */
export function call(
  sdkPage: SdkPage,
  params: Record<string, string> = { To: 'bob' },
): Promise<void> {
  return sdkPage.run(
    (wanted, events) => {
      window.first.connection = window.first.device.connect(wanted);
      window.twilioPage.note('connection', window.first.connection, events);
    },
    params,
    [...CONNECTION_EVENTS],
  );
}
