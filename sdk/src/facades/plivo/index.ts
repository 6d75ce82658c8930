/** The vendor's browser SDK, on our own client. */

export type { AudioDevices, InputDevices, OutputDevices, RingToneDevices } from './audio.js';
export type { CallView as CallInfo } from './call-view.js';
export type { Client } from './client.js';
export type { DebugLevel } from './console.js';
export type { AudioDeviceChange } from './device-changes.js';
export type { DtmfOptions } from './dtmf.js';
export type { CallStateWord } from './endings.js';
export type { ExtraHeaders } from './extra-headers.js';
export { AccessTokenInterface, type Phone } from './glance.js';
export type { AccessTokenGenerator, ConnectionChange } from './login.js';
export type { MediaMetric, MetricType } from './metric-rules.js';
export type {
  ConfigurationOptions,
  // The vendor's typings have it like this.
  ConfigurationOptions as ConfiguationOptions,
  QualityTracking,
  Settings,
} from './options.js';
export type { BrowserDetails, MediaPermission } from './permission.js';
// biome-ignore lint/style/noDefaultExport: pages import it as the default, for so the vendor's typings say.
export { Plivo, Plivo as default } from './plivo.js';
export type { ToneWish } from './tones.js';
export type { AudioStats } from './volume.js';
