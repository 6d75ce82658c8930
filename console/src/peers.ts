/** The other party of a call. */
import { announcePolitely } from './notices.js';
import type { Call } from './sdk.js';

/** Parties that calls were transferred to. */
const transferred: WeakMap<Call, string> = new WeakMap();

/** Follows transfers of a call by the other party. */
export function followTransfers(call: Call): void {
  call.on('notice', ({ event, details }) => {
    if (event !== 'transferred') return;
    const to = details['to'];
    if (typeof to === 'string' && to !== '') transferred.set(call, to);
    announcePolitely(`You are being connected with ${transferred.get(call) ?? 'somebody else'}`);
  });
}

/** Their name or number. */
export function other(call: Call): string {
  const given = call.direction === 'incoming' ? call.callerName || call.from : call.to;
  const name = transferred.get(call) ?? given;
  return name.replace(/^(?:client|sip|sips):/, '') || 'somebody';
}
