/** Takes a call that was forwarded from another device of the same identity by a connect token. */
import type { Client } from '../../client/client.js';
import { AuthorizationErrors, InvalidArgumentError } from './errors/classes.js';
import { readConnectToken } from './params.js';
import type { Both, Phone } from './phone.js';
import type { TalkWish } from './terms.js';
import { CallDirection } from './words.js';

/** A call that was taken over. */
export interface Forwarded<Shown> {
  readonly both: Both<Shown>;
  /** Settles when this device has accepted it, or cannot. */
  readonly taken: Promise<void>;
}

/**
 * All devices of an identity that are registered ring at once: the call that the token names rings here, too. A device
 * that is not registered is so from now on, which makes it ring.
 *
 * @throws InvalidArgumentError when the token is none; ReconnectAttemptError when the call does not ring here.
 */
export async function takeForwarded<Shown>(
  phone: Phone<Shown>,
  client: Client,
  token: string,
  wish: TalkWish,
): Promise<Forwarded<Shown>> {
  const said = readConnectToken(token);
  if (!said) throw new InvalidArgumentError('Cannot parse connectToken');
  const id = said.parameters['CallSid'] ?? '';
  const both = phone.ringing(id) ?? (await ring(phone, client, id));
  if (!both) {
    throw new AuthorizationErrors.ReconnectAttemptError('The call does not ring any more.');
  }
  both.talk.direction = CallDirection.Outgoing;
  return { both, taken: both.talk.accept(wish) };
}

async function ring<Shown>(
  phone: Phone<Shown>,
  client: Client,
  id: string,
): Promise<Both<Shown> | undefined> {
  if (client.registered) return undefined;
  const ringing = phone.expect(id);
  await client.register();
  return ringing;
}
