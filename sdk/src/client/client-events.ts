/** What a client tells, and when. */
import type { DeviceChange } from '../audio/devices.js';
import type { OffhookError } from '../core/errors.js';
import type { Call } from './call.js';
import type { ClientState } from './events.js';

/** The events of a client. @public */
export interface ClientEvents {
  /** The connection to the server has changed. */
  state: ClientState;
  /** Calls reach this page now, also after a reconnection that began a new link. */
  registered: { readonly devices: number };
  /** Calls reach this page no longer. */
  unregistered: undefined;
  /** Somebody calls; answer with {@link Call.accept}, {@link Call.reject} or {@link Call.ignore}. */
  incoming: Call;
  /** A call of this page began, in either direction. */
  call: Call;
  /** A device was plugged in or unplugged. */
  devices: DeviceChange;
  /** Something failed that no promise speaks of; its `hint` says what to do. */
  error: OffhookError;
}
