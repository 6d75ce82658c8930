/** Logging in by access tokens, good and bad. */
import { expect, vi } from 'vitest';
import { onceEarly, rows } from '../../../sdk/test/facades/surface.js';
import type { Phone, PlivoEnv } from './test-env.js';

/** Logs in by tokens one after the other; gives how often it was asked until then. */
async function generate(phone: Phone, tokens: readonly string[]): Promise<number> {
  await phone.run((list) => {
    const page = window as { asked?: number };
    page.asked = 0;
    const { client } = window.plivoPage;
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
export const tokens = rows((surface, env: () => PlivoEnv) => {
  surface.row(
    'login-error.INVALID_ACCESS_TOKEN_SIGNATURE',
    'names what is wrong with an access token',
    async () => {
      const phone = await env().phone();
      const forged = await env().token('alice', {}, { secret: 'another' });
      await phone.does('loginWithAccessToken', forged);
      expect(await phone.until('onLoginFailed')).toEqual(['INVALID_ACCESS_TOKEN_SIGNATURE']);
      expect(await phone.reads('isLoggedIn')).toBe(false);
    },
  );

  surface.row(
    ['event.onLogin', 'event.onCallFailed'],
    'a token is valid with either spelling of its grants, which are shown',
    async () => {
      const alice = await env().phone();
      const bob = await env().inside('bob');
      expect(await alice.does('loginWithAccessToken', await env().token('alice'))).toBe(true);
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
      await alice.does('loginWithAccessToken', await env().token('alice', deaf));
      await alice.until('onLogin');
      expect(await alice.does('call', 'bob', {})).toBe(false);
      expect(await alice.until('onPermissionDenied')).toEqual(['INVALID_ACCESS_TOKEN_GRANTS']);
    },
  );

  const renewed = onceEarly(async () => {
    const phone = await env().phone({}, { lasting: true });
    expect(await phone.does('loginWithAccessTokenGenerator', null)).toBe(false);
    expect(await phone.until('onLoginFailed')).toEqual(['INVALID_ACCESS_TOKEN']);
    // A token that is good for some seconds is renewed after half of them, but not before ten.
    const short = await env().token('fay', { exp: Math.floor(Date.now() / 1_000) + 22 });
    const long = await env().token('fay');
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
    const token = await env().token('gus', { nbf: at - 60, exp: at + 3 });
    const phone = await env().phone({}, { lasting: true });
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
