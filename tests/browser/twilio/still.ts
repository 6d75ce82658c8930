/** Rows that need a browser, but no call: what the script puts into the page, and what it finds there. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import type { SdkPage } from './test-env.js';

/** Declares them. */
export const still = rows((surface, sdkPage: () => SdkPage) => {
  const classes = ['Device', 'Call', 'PreflightTest', 'Logger', 'TwilioError'];
  surface.row(
    classes.map((name) => `export.${name}`),
    'are there',
    async () => {
      const kinds = await sdkPage().run(
        (names) => names.map((name) => typeof window.Twilio[name as 'Device']),
        classes,
      );
      expect(kinds).toEqual(['function', 'function', 'function', 'object', 'object']);
    },
  );
  surface.row(
    ['device.static.isSupported', 'device.static.packageName', 'device.static.version'],
    'say what this is',
    async () => {
      const said = await sdkPage().run(() => {
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
      const said = await sdkPage().run(() => {
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
    'device.method.constructor',
    'opens nothing, and refuses a token that is no text',
    async () => {
      const said = await sdkPage().run(() => {
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
