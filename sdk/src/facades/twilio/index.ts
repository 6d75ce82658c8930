/** The vendor's second generation, on our own client. */

export type { DeviceAudio as AudioHelper, OutputDeviceCollection } from './audio.js';
export { Call } from './call.js';
export type { Edge } from './connection.js';
export { Device } from './device.js';
export * as TwilioError from './errors/index.js';
export { Logger } from './logger.js';
export type { RTCSample, RTCSampleTotals, RTCWarning, ThresholdWarningData } from './measures.js';
export { PreflightTest } from './preflight.js';
export type { NetworkTiming, TimeMeasurement } from './preflight-report.js';
export type { AudioProcessor } from './processing.js';
