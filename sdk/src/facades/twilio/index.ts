/** The vendor's second generation, on our own client. */

export type { DeviceAudio as AudioHelper } from './audio.js';
export { Call } from './call.js';
export { Device } from './device.js';
export * as TwilioError from './errors/index.js';
export { Logger } from './logger.js';
export type { OutputDeviceCollection } from './outputs.js';
export type { Edge } from './place.js';
export { PreflightTest } from './preflight.js';
export type { NetworkTiming, TimeMeasurement } from './preflight-report.js';
export type { AudioProcessor } from './processing.js';
export type { RTCSample, RTCSampleTotals } from './samples.js';
export type { RTCWarning, ThresholdWarningData } from './warnings.js';
