/** Connects: from options to a connected client, or to the error. */
import { OffhookError } from '../core/errors.js';
import type { Credentials } from '../core/frames.js';
import { linkAddress } from '../link/address.js';
import { checkFigures, credentialsOf } from './checks.js';
import { Client } from './client.js';
import type { ConnectOptions } from './options.js';
import { browser, type Platform } from './platform.js';
import { ResumeStore } from './resume-store.js';
import { TokenKeeper } from './token-keeper.js';

const TIMEOUT_MS = 20_000;

/**
 * Connects a page to an offhook server. Settles when the server has taken the credentials. None are needed, but for
 * the name of an endpoint, in a page that was reloaded during a call: it keeps its identity.
 *
 * @throws {@link OffhookError} `bad-argument`; why the server refused the credentials, such as
 * `bad-credentials` or `access-token-expired`; `token-refresh-failed`; `cannot-connect` when there was
 * no answer in time; `aborted`.
 *
 * @public
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  return connectOn(options.audio?.platform ?? browser(options.browser), options);
}

/** {@link connect} on a given platform. */
export async function connectOn(platform: Platform, options: ConnectOptions): Promise<Client> {
  const address = linkAddress(options.url, platform.address);
  checkFigures(options);
  const { endpoint = '', refreshToken, surviveReload = true } = options;
  const memory = surviveReload ? platform.sessionStore : undefined;
  const resumeStore = new ResumeStore(memory, address, endpoint, platform.wallTime());
  let auth = credentialsOf(options, resumeStore.previous);
  if (!auth && refreshToken) auth = await firstToken(platform, options);
  if (options.signal?.aborted) throw new OffhookError('aborted');
  const client = new Client(options, { address, auth, platform, resumeStore });
  options.signal?.addEventListener('abort', () => client.close(), { once: true });
  await whenConnected(client, platform, options.timeoutMs ?? TIMEOUT_MS);
  return client;
}

async function firstToken(platform: Platform, options: ConnectOptions): Promise<Credentials> {
  const keeper = new TokenKeeper(platform, options.refreshToken, {
    renewed: async () => undefined,
    failed: () => undefined,
  });
  return { token: await keeper.fetch() };
}

function whenConnected(client: Client, platform: Platform, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let late = false;
    const cancel = platform.timers.after(timeoutMs, () => {
      late = true;
      client.close();
    });
    let refusal: OffhookError | undefined;
    const stop = [
      client.on('error', (error) => {
        refusal = error;
        if (client.state === 'closed') settle();
      }),
      client.on('state', (state) => {
        if (state === 'connected') settle();
        // A refusal is reported right after this; an end by the page or a timeout is not.
        else if (state === 'closed') void Promise.resolve().then(settle);
      }),
    ];
    const settle = (): void => {
      cancel();
      for (const each of stop) each();
      if (client.state === 'connected') resolve();
      else
        reject(
          late ? new OffhookError('cannot-connect') : (refusal ?? new OffhookError('aborted')),
        );
    };
  });
}
