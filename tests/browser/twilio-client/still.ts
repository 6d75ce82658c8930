/** Rows that need a browser, but no call: what the script puts into the page, and what it finds there. */
import { expect } from 'vitest';
import type * as ClientApi from '../../../sdk/src/facades/twilio/client/index.js';
import { rows } from '../../../sdk/test/facades/surface.js';
import type { SdkPage } from '../twilio/test-env.js';

/** Declares them. */
export const still = rows((surface, sdkPage: () => SdkPage) => {
  surface.row(
    ['export.Device', 'export.Connection', 'export.PreflightTest'],
    'are classes',
    async () => {
      const kinds = await sdkPage().run(() => {
        const { Device, Connection, PreflightTest } = window.Twilio as unknown as typeof ClientApi;
        return [Device, Connection, PreflightTest].map((each) => typeof each);
      });
      expect(kinds).toEqual(['function', 'function', 'function']);
    },
  );
  surface.row(
    ['isSupported', 'packageName', 'version', 'audioContext', 'extension', 'toString'].map(
      (name) => `device.static.${name}`,
    ),
    'say what this is',
    async () => {
      const said = await sdkPage().run(() => {
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
});
