/** What the scenes leave out of the vendor's API, in Firefox: facts, messages, and the first generation. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firefox } from './browsers.js';
import { TestEnv } from './test-env.js';
import { leave, pairOf, talk } from './twilio/calls.js';
import { RING_BOB, TwilioEnv } from './twilio/test-env.js';
import { call, setUp } from './twilio-client/device-page.js';

let env: TwilioEnv;

beforeAll(async () => {
  const plain = await TestEnv.open();
  const [alices, bobs] = await Promise.all([
    plain.keep(firefox({ hz: 620 })),
    plain.keep(firefox({ hz: 1_170 })),
  ]);
  env = new TwilioEnv(plain, alices, bobs, await plain.application('twilio', RING_BOB));
});

afterAll(() => env?.close());

test('a call is made, taken, muted and ended, with the vendor’s events in their order', async () => {
  const pair = await pairOf(env);
  const { alice, bob } = pair;
  await talk(pair);
  await Promise.all([alice.until('call', 'sample'), bob.until('call', 'sample')]);
  const facts = await bob.run(() => {
    const { call: taken, device } = window.twilioPage;
    const { parameters, customParameters, direction } = taken;
    return {
      from: parameters['From'],
      shoe: customParameters.get('shoe'),
      direction,
      busy: device.isBusy,
    };
  });
  expect(facts).toEqual({
    from: 'client:alice',
    shoe: 'left=right',
    direction: 'INCOMING',
    busy: true,
  });
  const sid = await alice.run(() => {
    const { call: made } = window.twilioPage;
    made.mute();
    made.mute(false);
    return made.sendMessage({ content: 'lunch?', messageType: 'user-defined-message' });
  });
  const { values } = await bob.until('call', 'messageReceived');
  expect(values).toMatchObject([{ content: 'lunch?', voiceEventSid: sid }]);
  await alice.until('call', 'messageSent');
  await bob.run(() => window.twilioPage.call.disconnect());
  await alice.until('call', 'disconnect');
  const often = ['warning', 'warning-cleared', 'audio'];
  const emitted = (await alice.events('call')).filter((name) => !often.includes(name));
  expect(emitted).toEqual(['ringing', 'accept', 'mute', 'mute', 'messageSent', 'disconnect']);
  expect(await bob.events('device')).toEqual(['registering', 'registered', 'incoming']);
  expect([...alice.faults, ...bob.faults]).toEqual([]);
  await leave(pair);
});

test('the first generation calls and is called', async () => {
  const [alice, bob] = await Promise.all([env.alice('twilio-client'), env.bob('twilio-client')]);
  await setUp(alice, await env.token('alice'));
  await setUp(bob, await env.token('bob'));
  await call(alice);
  await bob.until('device', 'incoming');
  await bob.run(() => window.first.connection.accept());
  await Promise.all([alice.until('device', 'connect'), bob.until('device', 'connect')]);
  await bob.run(() => window.first.device.disconnectAll());
  await alice.until('device', 'disconnect');
  expect(await alice.events('device')).toEqual(['ready', 'connect', 'disconnect']);
  expect(await bob.events('device')).toEqual(['ready', 'incoming', 'connect', 'disconnect']);
  await Promise.all([alice.close(), bob.close()]);
});
