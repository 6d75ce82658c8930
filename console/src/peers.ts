/** Who is at the other end of a call. */
import { mention } from './notices.js';
import type { Call } from './sdk.js';

/** Whom the other end was connected with since. */
const transferred: WeakMap<Call, string> = new WeakMap();

/** Keeps an eye on whether the other end hands this call on to somebody else. */
export function followTransfers(call: Call): void {
  call.on('notice', ({ event, details }) => {
    if (event !== 'transferred') return;
    const to = details['to'];
    if (typeof to === 'string' && to !== '') transferred.set(call, to);
    mention(`You are being connected with ${transferred.get(call) ?? 'somebody else'}`);
  });
}

/** Their name or number. */
export function other(call: Call): string {
  const given = call.direction === 'incoming' ? call.callerName || call.from : call.to;
  const name = transferred.get(call) ?? given;
  return name.replace(/^(?:client|sip|sips):/, '') || 'somebody';
}
