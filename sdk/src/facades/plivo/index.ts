/** The vendor's browser SDK, on our own client. */

export type {
  AudioDeviceChange,
  AudioDevices,
  InputDevices,
  OutputDevices,
  RingToneDevices,
} from './audio.js';
export type { CallView as CallInfo } from './call-adapter.js';
export type { Client, Phone } from './client.js';
// biome-ignore lint/style/noDefaultExport: pages import it as the default, as the vendor's typings declare it.
export { Plivo, Plivo as default } from './client.js';
export type { DebugLevel } from './console.js';
export type { ExtraHeaders } from './extra-headers.js';
export type { CallStateWord } from './hangup-causes.js';
export { type AccessTokenGenerator, AccessTokenInterface, type ConnectionChange } from './login.js';
export type { MediaMetric, MetricType } from './metrics.js';
export type {
  ConfigurationOptions,
  // The vendor's typings have it like this.
  ConfigurationOptions as ConfiguationOptions,
  DtmfOptions,
  QualityTracking,
  Settings,
} from './options.js';
export type { BrowserDetails, MediaPermission } from './permission.js';
export type { ToneOption } from './tones.js';
export type { AudioStats } from './volume.js';
