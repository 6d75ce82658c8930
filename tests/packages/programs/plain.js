/** A page without TypeScript whose author has its types checked; it has to compile against the tarball. */
import { connect, OffhookError } from 'offhook';
import Plivo from 'offhook/plivo';
import { Call, Device } from 'offhook/twilio';
import { Connection, Device as FirstDevice } from 'offhook/twilio-client';

/** @typedef {import('offhook').Client} Client */
/** @typedef {import('offhook/plivo').CallInfo} CallInfo */

/**
 * @param {string} token
 * @param {string} to
 * @returns {Promise<import('offhook/twilio').Call>}
 */
export async function dial(token, to) {
  const device = new Device(token, { codecPreferences: [Call.Codec.Opus], edge: 'ashburn' });
  await device.register();
  device.on('error', (/** @type {import('offhook/twilio').TwilioError.TwilioError} */ error) => {
    document.title = `${error.code} ${error.message}`;
  });
  return device.connect({ params: { To: to } });
}

/** @param {string} token @returns {Connection} */
export function dialFirst(token) {
  FirstDevice.setup(token, { debug: true });
  FirstDevice.incoming((connection) => connection.accept());
  return FirstDevice.connect({ To: 'bob' });
}

/** @param {string} name @param {string} password */
export function logIn(name, password) {
  const { client } = new Plivo({ debug: 'ALL' });
  client.on('onCallTerminated', (_how, /** @type {CallInfo} */ call) => call.callUUID);
  client.login(name, password);
  return client;
}

/** @param {string} token @returns {Promise<Client | string>} */
export async function native(token) {
  try {
    return await connect({ token });
  } catch (error) {
    return error instanceof OffhookError ? error.code : 'unknown';
  }
}

// @ts-expect-error: a token is a text.
export const wrong = new Device(3);
