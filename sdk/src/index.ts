/** Calls in the browser, through your own offhook server. */

export type { DeviceChange, DeviceEvents, OutputChoice } from './audio/devices.js';
export { Devices } from './audio/devices.js';
export type { NoiseEvents } from './audio/noise.js';
export { NoiseReduction } from './audio/noise.js';
export type { OutputRole } from './audio/outputs.js';
export type { SoundName, SoundOption, SoundOptions } from './audio/sound-player.js';
export { SoundBoard } from './audio/sound-player.js';
export type { Processor } from './audio/source.js';
export type { AudioOptions } from './client/audio-kit.js';
export { Call } from './client/call.js';
export type { ClientEvents } from './client/client.js';
export { Client } from './client/client.js';
export { connect } from './client/connect.js';
export type {
  AudioIssueEvent,
  AudioState,
  CallEvents,
  CallMessage,
  ClientState,
  Identity,
  Levels,
} from './client/events.js';
export type {
  AcceptOptions,
  CallOptions,
  ConnectOptions,
  DigitOptions,
  Feedback,
  IceOptions,
} from './client/options.js';
export type { BrowserParts } from './client/platform.js';
export { version } from './client/platform.js';
export { Preflight } from './client/preflight.js';
export type {
  PreflightEvents,
  PreflightOptions,
  PreflightReport,
  Summary,
} from './client/preflight-run.js';
export type { CallState } from './core/call-state.js';
export type { Listener } from './core/emitter.js';
export { Emitter } from './core/emitter.js';
export type { CauseCode, Ending, ErrorCode, ErrorDetails } from './core/errors.js';
export { OffhookError } from './core/errors.js';
export type { StringMap } from './core/frames.js';
export type { LogFields, LogLevel, LogSink } from './core/log.js';
export type { AudioIssue, AudioIssueCode, LegCounts, PacketStats } from './quality/diagnosis.js';
export type { Warning } from './quality/monitor.js';
export type { IntervalStats, QualitySample } from './quality/sample.js';
