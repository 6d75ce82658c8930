/** Takes a call that was forwarded from another device of the same identity by a connect token. */
import { AuthorizationErrors, InvalidArgumentError } from './errors/classes.js';
import { readConnectToken } from './params.js';
import type { Phone } from './phone.js';
import type { TalkWish } from './terms.js';
import { CallDirection } from './words.js';

/**
 * All devices of an identity that are registered ring at once: the call that the token names rings here, too.
 *
 * @throws InvalidArgumentError when the token is none; ReconnectAttemptError when the call does not ring here.
 */
export function takeForwarded<Shown>(phone: Phone<Shown>, token: string, wish: TalkWish): Shown {
  const said = readConnectToken(token);
  if (!said) throw new InvalidArgumentError('Cannot parse connectToken');
  const both = phone.ringing(said.parameters['CallSid'] ?? '');
  if (!both) {
    throw new AuthorizationErrors.ReconnectAttemptError(
      'The call does not ring on this device: register it before the call comes.',
    );
  }
  both.talk.direction = CallDirection.Outgoing;
  void both.talk.accept(wish);
  return both.shown;
}
