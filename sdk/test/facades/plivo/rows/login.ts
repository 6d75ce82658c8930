/** Rows about logging in and out, by password and by token, without a browser. */
import { expect } from 'vitest';
import { Client } from '../../../../src/facades/plivo/client.js';
import type { ConfigurationOptions } from '../../../../src/facades/plivo/options.js';
import { Recorded } from '../../recorded.js';
import { rows } from '../../surface.js';

/** Events that a page is emitted, with their values. */
export type Emitted = [event: string, ...values: unknown[]][];

const EVENTS = [
  'onLogin',
  'onLoginFailed',
  'onLogout',
  'onConnectionChange',
  'onCalling',
  'onCallRemoteRinging',
  'onCallAnswered',
  'onCallFailed',
  'onCallTerminated',
  'onIncomingCall',
  'onIncomingCallCanceled',
  'onIncomingCallIgnored',
] as const;

/** A client that is not logged in, and its server. */
export class Scene {
  readonly server: Recorded;
  readonly client: Client;
  readonly emitted: Emitted = [];

  /** @param name - Of the conversation that the server plays. */
  constructor(name: string, options: ConfigurationOptions = {}) {
    this.server = new Recorded(name);
    const { connect, kit } = this.server;
    this.client = new Client({ permOnClick: true, debug: 'OFF', ...options }, { connect, kit });
    for (const event of EVENTS) {
      this.client.on(event, (...values: unknown[]) => this.emitted.push([event, ...values]));
    }
  }

  /** A client that is logged in; its events so far are dropped. */
  static async inside(name: string, options: ConfigurationOptions = {}): Promise<Scene> {
    await Recorded.loaded();
    const scene = new Scene(name, options);
    scene.client.login('alice', 'secret');
    await scene.server.until('registered');
    await scene.server.page.time.pass(1);
    scene.emitted.length = 0;
    return scene;
  }

  get events(): string[] {
    return this.emitted.map(([event]) => event);
  }

  /** The values of the last event of that name. */
  last(event: string): unknown[] {
    return this.emitted.findLast(([name]) => name === event)?.slice(1) ?? [];
  }
}

/** Declares the rows. */
export const login = rows((surface) => {
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
      const { client, server, emitted, events } = new Scene('incoming');
      expect(events).toEqual([]);
      const states = (): boolean[] => [
        client.isLoggedIn,
        client.isRegistered(),
        client.isConnected(),
        client.isConnecting(),
      ];
      expect(states()).toEqual([false, false, false, false]);
      expect(client.logout()).toBe(false);
      expect(client.login('alice', 'secret')).toBe(true);
      expect(states()).toEqual([false, false, false, true]);
      // A login in progress is not announced again.
      expect(client.login('alice', 'secret')).toBe(true);
      await server.until('registered');
      expect(states()).toEqual([true, true, true, false]);
      expect(client.login('alice', 'secret')).toBe(true);
      expect(client.userName).toBe('alice');
      expect(client.logout()).toBe(true);
      expect(states()).toEqual([false, false, false, false]);
      await server.page.time.pass(1);
      expect(server.page.sockets).toHaveLength(1);
      expect(emitted).toEqual([
        ['onConnectionChange', { state: 'connected', reason: 'registered' }],
        ['onLogin'],
        [
          'onConnectionChange',
          { state: 'disconnected', reason: 'Logout', eventCode: 1000, eventReason: 'Logout' },
        ],
        ['onLogout'],
      ]);
    },
  );

  surface.row('event.onLoginFailed', 'names are missing, wrong or blocked', async () => {
    const scene = new Scene('incoming');
    const { client, server } = scene;
    const failure = async (): Promise<unknown> => {
      await server.page.time.pass(1);
      const [cause] = scene.last('onLoginFailed');
      scene.emitted.length = 0;
      return cause;
    };
    for (const [name, password] of [
      [null, null],
      ['alice', null],
      ['', ''],
    ] as unknown as [string, string][]) {
      expect(client.login(name, password)).toBe(false);
      expect(await failure()).toBe('Username and password must be filled out');
    }
    expect(client.login('alice', 'wrong-password')).toBe(true);
    await server.denies('bad-credentials');
    expect(await failure()).toBe('Authentication Error');
    expect(client.isLoggedIn).toBe(false);
    expect(client.login('alice', 'wrong-password')).toBe(true);
    await server.denies('blocked');
    expect(await failure()).toBe('Rejected');
    // A failed login does not block the next one.
    client.login('alice', 'secret');
    await server.until('registered');
    expect(scene.events).toContain('onLogin');
    server.follows('outgoing');
    client.call('bob', {});
    await server.says('trying');
    expect(client.login('bob', 'secret')).toBe(false);
    expect(await failure()).toBe('Cannot login when there is an ongoing call');
  });

  surface.row('login-error.INVALID_ACCESS_TOKEN', 'is what is no token at all', async () => {
    const scene = new Scene('incoming');
    scene.client.loginWithAccessToken('not.a.token');
    await scene.server.page.time.pass(1);
    expect(scene.last('onLoginFailed')).toEqual(['INVALID_ACCESS_TOKEN']);
    expect(scene.server.page.sockets).toEqual([]);
  });

  // The server says with a code what is wrong with a token; which code that is, its own tests look at.
  for (const [name, code] of Object.entries({
    INVALID_ACCESS_TOKEN: 'invalid-access-token',
    INVALID_ACCESS_TOKEN_HEADER: 'invalid-access-token-header',
    INVALID_ACCESS_TOKEN_ISSUER: 'invalid-access-token-issuer',
    INVALID_ACCESS_TOKEN_SUBJECT: 'invalid-access-token-subject',
    ACCESS_TOKEN_NOT_VALID_YET: 'access-token-not-valid-yet',
    ACCESS_TOKEN_EXPIRED: 'access-token-expired',
    INVALID_ACCESS_TOKEN_SIGNATURE: 'invalid-access-token-signature',
    INVALID_ACCESS_TOKEN_GRANTS: 'invalid-access-token-grants',
    EXPIRATION_EXCEEDS_MAX_ALLOWED_TIME: 'expiration-exceeds-max-allowed-time',
  })) {
    surface.row(`login-error.${name}`, 'names what is wrong with an access token', async () => {
      const scene = new Scene('incoming');
      const claims = { iss: 'MA1', sub: 'alice', nbf: 1, exp: 4_000_000_000 };
      scene.client.loginWithAccessToken(`h.${btoa(JSON.stringify(claims))}.s`);
      await scene.server.denies(code);
      expect(scene.last('onLoginFailed')).toEqual([name]);
      expect(scene.client.isLoggedIn).toBe(false);
    });
  }

  surface.row('login-error.MAX_ALLOWED_LOGIN_REACHED', 'a device too many is refused', async () => {
    const scene = new Scene('incoming');
    scene.client.login('alice', 'secret');
    await scene.server.refuses('register', 'too-many-devices');
    expect(scene.last('onLoginFailed')).toEqual(['MAX_ALLOWED_LOGIN_REACHED']);
    expect(scene.client.isLoggedIn).toBe(false);
    expect(scene.server.page.socket.closedWith).toBe(1000);
  });
});
