/** Calls in the browser, through your own offhook server. */

export { Call } from './client/call.js';
export { Client } from './client/client.js';
export type { ClientEvents } from './client/client-events.js';
export { connect } from './client/connect.js';
export type {
  AudioState,
  CallEvents,
  CallMessage,
  ClientState,
  Identity,
  Levels,
} from './client/events.js';
export type { CallOptions, ConnectOptions, Sounds } from './client/options.js';
export { version } from './client/platform.js';
export type { CallState } from './core/call-state.js';
export type { Listener } from './core/emitter.js';
export { Emitter } from './core/emitter.js';
export type { CauseCode, Ending, ErrorCode, ErrorDetails } from './core/errors.js';
export { OffhookError } from './core/errors.js';
export type { Fields } from './core/frames.js';
export type { LogFields, LogLevel, LogSink } from './core/log.js';
export type { QualitySample } from './quality/sample.js';
