/** Logging in by access tokens, good and bad. */
import { expect, vi } from 'vitest';
import { onceEarly, rows } from '../surface.js';
import type { Phone, PlivoOffice } from './office.js';

/** Logs in by tokens one after the other; gives how often it was asked until then. */
async function generate(phone: Phone, tokens: readonly string[]): Promise<number> {
  await phone.run((list) => {
    const page = window as { asked?: number };
    page.asked = 0;
    const { client } = window.desk;
    class Generator extends client.accessTokenInterface {
      override async getAccessToken(): Promise<string> {
        page.asked = (page.asked ?? 0) + 1;
        return list[page.asked - 1] ?? '';
      }
    }
    client.loginWithAccessTokenGenerator(new Generator());
  }, tokens);
  await phone.until('onLogin');
  return phone.run(() => (window as { asked?: number }).asked ?? 0);
}

/** Declares the rows. */
export const tokens = rows((surface, office: () => PlivoOffice) => {
  const now = Math.floor(Date.now() / 1_000);
  const WRONG: Readonly<Record<string, (real: PlivoOffice) => Promise<string>>> = {
    INVALID_ACCESS_TOKEN: async () => 'not.a.token',
    INVALID_ACCESS_TOKEN_HEADER: (real) => real.token('alice', {}, { head: { alg: 'HS512' } }),
    INVALID_ACCESS_TOKEN_ISSUER: (real) => real.token('alice', { iss: 'MA00000000000000000' }),
    INVALID_ACCESS_TOKEN_SUBJECT: (real) => real.token('alice', { sub: 'not\na name' }),
    ACCESS_TOKEN_NOT_VALID_YET: (real) => real.token('alice', { nbf: now + 3_000 }),
    ACCESS_TOKEN_EXPIRED: (real) => real.token('alice', { nbf: now - 600, exp: now - 300 }),
    INVALID_ACCESS_TOKEN_SIGNATURE: (real) => real.token('alice', {}, { secret: 'another' }),
    INVALID_ACCESS_TOKEN_GRANTS: (real) =>
      real.token('alice', { grants: { voice: { incoming_allow: false, outgoing_allow: false } } }),
    EXPIRATION_EXCEEDS_MAX_ALLOWED_TIME: (real) => real.token('alice', { exp: now + 200_000 }),
  };

  for (const [name, make] of Object.entries(WRONG)) {
    surface.row(`login-error.${name}`, 'names what is wrong with an access token', async () => {
      const phone = await office().phone();
      await phone.does('loginWithAccessToken', await make(office()));
      expect(await phone.until('onLoginFailed')).toEqual([name]);
      expect(await phone.reads('isLoggedIn')).toBe(false);
    });
  }

  surface.row(
    'login-error.MAX_ALLOWED_LOGIN_REACHED',
    'an eleventh device is refused',
    async () => {
      const phone = await office().phone();
      const token = await office().token('erin');
      const causes = await phone.run(async (given) => {
        const told: unknown[] = [];
        for (let device = 0; device < 11; device++) {
          const { client } = new window.Plivo({ permOnClick: true, debug: 'OFF' });
          told.push(
            await new Promise((done) => {
              client.on('onLogin', () => done('in'));
              client.on('onLoginFailed', done);
              client.loginWithAccessToken(given);
            }),
          );
        }
        return told;
      }, token);
      expect(causes).toEqual([...Array(10).fill('in'), 'MAX_ALLOWED_LOGIN_REACHED']);
    },
  );

  surface.row(
    ['event.onLogin', 'event.onCallFailed'],
    'a token is valid with either spelling of its grants, which are shown',
    async () => {
      const alice = await office().phone();
      const bob = await office().inside('bob');
      expect(await alice.does('loginWithAccessToken', await office().token('alice'))).toBe(true);
      await alice.until('onLogin');
      expect(await alice.reads('isAccessToken')).toBe(true);
      expect(await alice.reads('userName')).toBe('alice');
      const expiry = await alice.does('getTokenExpiryTimeInEpoch');
      expect(expiry).toBeGreaterThan(Date.now() + 3_000_000);
      await alice.does('call', 'bob', {});
      await bob.until('onIncomingCall');
      await alice.does('hangup');
      await alice.does('logout');

      const deaf = { grants: undefined, per: { voice: { incoming_allow: true } } };
      await alice.forget();
      await alice.does('loginWithAccessToken', await office().token('alice', deaf));
      await alice.until('onLogin');
      expect(await alice.does('call', 'bob', {})).toBe(false);
      expect(await alice.until('onPermissionDenied')).toEqual(['INVALID_ACCESS_TOKEN_GRANTS']);
    },
  );

  const renewed = onceEarly(async () => {
    const phone = await office().phone({}, { lasting: true });
    expect(await phone.does('loginWithAccessTokenGenerator', null)).toBe(false);
    expect(await phone.until('onLoginFailed')).toEqual(['INVALID_ACCESS_TOKEN']);
    // A token that is good for some seconds is renewed after half of them, but not before ten.
    const short = await office().token('fay', { exp: Math.floor(Date.now() / 1_000) + 22 });
    const long = await office().token('fay');
    const asked = await generate(phone, [short, long]);
    expect(asked).toBe(1);
    await phone.run(async () => {
      while ((window as { asked?: number }).asked !== 2) {
        await new Promise((later) => setTimeout(later, 100));
      }
    });
    await vi.waitFor(
      async () => {
        const expiry = await phone.does('getTokenExpiryTimeInEpoch');
        expect(expiry).toBeGreaterThan(Date.now() + 3_000_000);
      },
      { timeout: 5_000 },
    );
    const logouts = await phone.count('onLogout');
    await phone.close();
    return { logouts, faults: phone.faults };
  });
  surface.row(
    ['event.onLoginFailed', 'event.onLogin'],
    'a generator is asked for tokens, now and before one expires',
    async () => {
      expect(await renewed()).toEqual({ logouts: 0, faults: [] });
    },
  );

  const expired = onceEarly(async () => {
    const at = Math.floor(Date.now() / 1_000);
    const token = await office().token('gus', { nbf: at - 60, exp: at + 3 });
    const phone = await office().phone({}, { lasting: true });
    await phone.does('loginWithAccessToken', token);
    await phone.until('onLogin');
    const logout = await phone.until('onLogout');
    const isLoggedIn = await phone.reads('isLoggedIn');
    await phone.close();
    return { logout, isLoggedIn, faults: phone.faults };
  });
  surface.row('event.onLogout', 'comes by itself when the token has expired', async () => {
    expect(await expired()).toEqual({
      logout: ['ACCESS_TOKEN_EXPIRED'],
      isLoggedIn: false,
      faults: [],
    });
  });
});
