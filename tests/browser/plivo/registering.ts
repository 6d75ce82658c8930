/** Logging in as somebody else, and a connection that is cut. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import { Wire } from '../proxy.js';
import type { PlivoEnv } from './test-env.js';

/** Declares the rows. */
export const registering = rows((surface, env: () => PlivoEnv) => {
  surface.row('method.login', 'another person takes the place of the one before', async () => {
    const phone = await env().inside('alice');
    expect(await phone.does('login', 'amy', await env().password('amy'))).toBe(true);
    await phone.until('onLogin');
    expect(await phone.reads('userName')).toBe('amy');
    expect(await phone.events()).toEqual(['onConnectionChange', 'onConnectionChange', 'onLogin']);
  });

  surface.row(
    'event.onConnectionChange',
    'reports a lost connection and its return; the call goes on',
    async () => {
      const wire = new Wire(env().env.server.port);
      const alice = await env().inside('alice', {}, { url: await wire.open() });
      const bob = await env().inside('bob');
      await alice.does('call', 'bob', {});
      await bob.until('onIncomingCall');
      await bob.does('answer');
      await alice.until('onCallAnswered');
      await alice.forget();
      wire.cut();
      const [lost] = await alice.until('onConnectionChange');
      expect(lost).toEqual({
        state: 'disconnected',
        reason: '1006',
        eventCode: 1006,
        eventReason: '',
      });
      expect(await alice.reads('isLoggedIn')).toBe(true);
      expect(await alice.does('isConnected')).toBe(false);
      expect(await alice.does('isConnecting')).toBe(true);
      wire.mend();
      const [back] = await alice.until('onConnectionChange', 2, 20_000);
      expect(back).toMatchObject({ state: 'connected' });
      expect(await alice.does('getCallUUID')).not.toBeNull();
      await alice.does('hangup');
      await bob.until('onCallTerminated');
      wire.close();
    },
  );
});
