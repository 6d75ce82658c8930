/** Logging in and out, by password and by token, and a connection that is cut. */
import { expect } from 'vitest';
import { Wire } from '../proxy.js';
import { rows } from '../surface.js';
import type { PlivoOffice } from './office.js';

/** Declares the rows. */
export const registering = rows((surface, office: () => PlivoOffice) => {
  surface.row(
    [
      'method.login',
      'method.logout',
      'event.onLogin',
      'event.onLogout',
      'event.onConnectionChange',
      'variable.isLoggedIn',
      'method.isRegistered',
      'method.isConnected',
      'method.isConnecting',
    ],
    'who logs in is connected, and who logs out is not',
    async () => {
      const alice = await office().phone();
      const states = (): Promise<boolean[]> =>
        alice.run(() => {
          const { client } = window.desk;
          return [
            client.isLoggedIn,
            client.isRegistered(),
            client.isConnected(),
            client.isConnecting(),
          ];
        });
      expect(await states()).toEqual([false, false, false, false]);
      expect(await alice.does('logout')).toBe(false);
      const password = await office().password('alice');
      expect(await alice.does('login', 'alice', password)).toBe(true);
      expect(await states()).toEqual([false, false, false, true]);
      // A login in progress is not announced again.
      expect(await alice.does('login', 'alice', password)).toBe(true);
      await alice.until('onLogin');
      expect(await states()).toEqual([true, true, true, false]);
      expect(await alice.does('login', 'alice', password)).toBe(true);
      expect(await alice.reads('userName')).toBe('alice');
      expect(await alice.does('logout')).toBe(true);
      expect(await states()).toEqual([false, false, false, false]);
      expect(await alice.events()).toEqual([
        'onConnectionChange',
        'onLogin',
        'onConnectionChange',
        'onLogout',
      ]);
      const [connected, disconnected] = (await alice.told())
        .filter(({ event }) => event === 'onConnectionChange')
        .map(({ values }) => values[0]);
      expect(connected).toEqual({ state: 'connected', reason: 'registered' });
      expect(disconnected).toEqual({
        state: 'disconnected',
        reason: 'Logout',
        eventCode: 1000,
        eventReason: 'Logout',
      });
    },
  );

  surface.row(
    ['method.login', 'event.onLoginFailed'],
    'a failed log-in has its cause',
    async () => {
      const alice = await office().phone();
      const failure = async (): Promise<unknown> => {
        const [cause] = await alice.until('onLoginFailed');
        await alice.forget();
        return cause;
      };
      const MISSING = 'Username and password must be filled out';
      for (const [name, password] of [
        [null, null],
        ['alice', null],
        ['', ''],
      ] as unknown as [string, string][]) {
        expect(await alice.does('login', name, password)).toBe(false);
        expect(await failure()).toBe(MISSING);
      }
      expect(await alice.does('login', 'alice', 'wrong-password')).toBe(true);
      expect(await failure()).toBe('Authentication Error');
      expect(await alice.reads('isLoggedIn')).toBe(false);
      // A failed login does not block the next one.
      await alice.does('login', 'alice', await office().password('alice'));
      await alice.until('onLogin');
      const bob = await office().inside('bob');
      await alice.does('call', 'bob', {});
      await bob.until('onIncomingCall');
      expect(await alice.does('login', 'bob', await office().password('bob'))).toBe(false);
      expect(await failure()).toBe('Cannot login when there is an ongoing call');
    },
  );

  surface.row('method.login', 'another person takes the place of the one before', async () => {
    const phone = await office().inside('alice');
    expect(await phone.does('login', 'amy', await office().password('amy'))).toBe(true);
    await phone.until('onLogin');
    expect(await phone.reads('userName')).toBe('amy');
    expect(await phone.events()).toEqual(['onConnectionChange', 'onConnectionChange', 'onLogin']);
  });

  surface.row('event.onLoginFailed', 'ten wrong passwords block the name', async () => {
    await office().password('dora');
    const phone = await office().phone();
    const causes: unknown[] = [];
    for (let tries = 0; tries < 11; tries++) {
      await phone.does('login', 'dora', `wrong-${tries}`);
      causes.push((await phone.until('onLoginFailed', tries + 1))[0]);
    }
    expect(causes.slice(0, 10)).toEqual(Array(10).fill('Authentication Error'));
    expect(causes[10]).toBe('Rejected');
  });

  surface.row(
    'event.onConnectionChange',
    'reports a lost connection and its return; the call goes on',
    async () => {
      const wire = new Wire(office().office.server.port);
      const alice = await office().inside('alice', {}, { url: await wire.open() });
      const bob = await office().inside('bob');
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
