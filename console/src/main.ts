/** The softphone: signs in, then shows the phone. */

import { byId } from './elements.js';
import { stateLabel } from './labels.js';
import {
  announcePolitely,
  linkIsOver,
  notify,
  showError,
  withdraw,
  withdrawAll,
} from './notices.js';
import { Phone } from './phone.js';
import { preferences } from './preferences.js';
import { type Client, type ConnectOptions, connect, OffhookError } from './sdk.js';
import { forget, onSignIn, readToken, rememberedName, rememberName } from './sign-in.js';

/** Where the server has the files of noise reduction. */
const NOISE = '/sdk/noise/';
/** The notice of a server that is away. */
const AWAY = 'reconnecting';

let present: { client: Client; phone: Phone } | undefined;

function show(state: Client['state'], registered: boolean): void {
  const text = stateLabel(state, registered);
  byId('state', HTMLElement).dataset['state'] = state;
  byId('state-text', HTMLElement).textContent = text;
}

/** Shows the form or the phone. */
function open(signedIn: boolean): void {
  byId('sign-in', HTMLElement).hidden = signedIn;
  byId('desk', HTMLElement).hidden = !signedIn;
  byId('who', HTMLElement).hidden = !signedIn;
}

function leave(error: OffhookError | undefined): void {
  present?.phone.close();
  present = undefined;
  show('closed', false);
  open(false);
  if (error) showError(error);
  byId('endpoint', HTMLInputElement).focus();
}

function watch(client: Client): void {
  const refresh = (): void => show(client.state, client.registered);
  client.on('state', (state) => {
    refresh();
    if (state === 'reconnecting')
      notify(AWAY, 'The connection to the server is lost.', 'Calls go on; trying to reconnect.');
    if (state === 'connected') {
      withdraw(AWAY);
      announcePolitely('Connected again.');
    }
    if (state === 'closed') leave(undefined);
  });
  client.on('registered', refresh);
  client.on('unregistered', refresh);
  client.on('error', (error) => {
    if (error.code === 'access-token-expired' && client.state === 'closed') forget();
    showError(error, client.state === 'closed' ? 'error' : 'warn');
  });
}

/** The microphone of the last time; if it is gone, the SDK takes the default. */
function sound(): Pick<ConnectOptions, 'microphone' | 'noiseReduction'> {
  const { microphone: exact } = preferences();
  return {
    noiseReduction: { url: NOISE },
    ...(exact !== undefined && { microphone: { deviceId: { exact } } }),
  };
}

/**
 * With a name alone a page resumes its call, or shows the form, which is no error. A user who was signed in a moment
 * ago gets a notice.
 */
function showSignIn({ token, password }: ConnectOptions, error: OffhookError): void {
  const named = token === undefined && password === undefined;
  const asks = named && (error.code === 'bad-argument' || error.code === 'bad-credentials');
  leave(asks ? undefined : error);
  if (asks && error.code === 'bad-credentials') {
    const hint = 'The page was away for too long: sign in again. A call it was in has ended.';
    notify('signed-out', 'You are signed out.', hint);
  }
}

async function enter(options: ConnectOptions, to?: string): Promise<boolean> {
  withdrawAll();
  show('connecting', false);
  try {
    const client = await connect({ ...options, ...sound() });
    watch(client);
    const phone = new Phone(client);
    present = { client, phone };
    rememberName(options);
    if (preferences().lessNoise) client.noise.start().catch((error) => showError(error, 'warn'));
    byId('who-name', HTMLElement).textContent = client.identity?.name ?? '';
    open(true);
    show(client.state, client.registered);
    phone.prefill(to ?? '');
    if (client.calls.length === 0) byId('to', HTMLInputElement).focus({ preventScroll: true });
    if (client.identity?.incoming) {
      client.register().catch((error) => showError(error, 'warn'));
    }
    return true;
  } catch (error) {
    if (error instanceof OffhookError && 'token' in options) forget();
    showSignIn(options, error as OffhookError);
    return false;
  }
}

function signOut(): void {
  forget();
  withdraw('audio-blocked');
  present?.client.close();
}

const question = byId('leaving', HTMLDialogElement);
question.addEventListener('close', () => {
  if (question.returnValue === 'sign-out') signOut();
  question.returnValue = '';
});
byId('sign-out', HTMLButtonElement).addEventListener('click', () => {
  // Signing out ends the calls there are.
  if (present?.client.calls.length) question.showModal();
  else signOut();
});
if (!isSecureContext) {
  const { message, hint } = new OffhookError('insecure-origin');
  notify('insecure-origin', message, hint, 'error');
}
onSignIn((options) => enter(options));
for (const gesture of ['pointerdown', 'keydown'])
  document.addEventListener(gesture, () => withdraw('audio-blocked'));
const { token, to, gone } = readToken();
const endpoint = rememberedName();
if (token) void enter({ token }, to);
else if (endpoint) void enter({ endpoint }, to);
else {
  leave(undefined);
  if (gone) linkIsOver('Ask for a new one, or sign in below.');
}
