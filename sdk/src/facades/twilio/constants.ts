/** The vendor's lists of words, each a value by which pages name them and the type of those words. */

/** What a call is. @public */
export const CallState = {
  Closed: 'closed',
  Connecting: 'connecting',
  Open: 'open',
  Pending: 'pending',
  Reconnecting: 'reconnecting',
  Ringing: 'ringing',
} as const;
/** What a call is. @public */
export type CallState = (typeof CallState)[keyof typeof CallState];

/** What may have been wrong with a call. @public */
export const FeedbackIssue = {
  AudioLatency: 'audio-latency',
  ChoppyAudio: 'choppy-audio',
  DroppedCall: 'dropped-call',
  Echo: 'echo',
  NoisyCall: 'noisy-call',
  OneWayAudio: 'one-way-audio',
} as const;
/** What may have been wrong with a call. @public */
export type FeedbackIssue = (typeof FeedbackIssue)[keyof typeof FeedbackIssue];

/** How good a call was; 5 is best. @public */
export const FeedbackScore = { One: 1, Two: 2, Three: 3, Four: 4, Five: 5 } as const;
/** How good a call was; 5 is best. @public */
export type FeedbackScore = (typeof FeedbackScore)[keyof typeof FeedbackScore];

/** Who began a call. @public */
export const CallDirection = { Incoming: 'INCOMING', Outgoing: 'OUTGOING' } as const;
/** Who began a call. @public */
export type CallDirection = (typeof CallDirection)[keyof typeof CallDirection];

/** Codecs of a call. @public */
export const Codec = { Opus: 'opus', PCMU: 'pcmu' } as const;
/** Codecs of a call. @public */
export type Codec = (typeof Codec)[keyof typeof Codec];

/** Why no candidates were gathered. @public */
export const IceGatheringFailureReason = { None: 'none', Timeout: 'timeout' } as const;
/** Why no candidates were gathered. @public */
export type IceGatheringFailureReason =
  (typeof IceGatheringFailureReason)[keyof typeof IceGatheringFailureReason];

/** What became of the sound. @public */
export const MediaFailure = {
  ConnectionDisconnected: 'ConnectionDisconnected',
  ConnectionFailed: 'ConnectionFailed',
  IceGatheringFailed: 'IceGatheringFailed',
  LowBytes: 'LowBytes',
} as const;
/** What became of the sound. @public */
export type MediaFailure = (typeof MediaFailure)[keyof typeof MediaFailure];

/** The events of a device. @public */
export const DeviceEvent = {
  Error: 'error',
  Incoming: 'incoming',
  Destroyed: 'destroyed',
  Unregistered: 'unregistered',
  Registering: 'registering',
  Registered: 'registered',
  TokenWillExpire: 'tokenWillExpire',
} as const;
/** The events of a device. @public */
export type DeviceEvent = (typeof DeviceEvent)[keyof typeof DeviceEvent];

/** What a device is. @public */
export const DeviceState = {
  Destroyed: 'destroyed',
  Unregistered: 'unregistered',
  Registering: 'registering',
  Registered: 'registered',
} as const;
/** What a device is. @public */
export type DeviceState = (typeof DeviceState)[keyof typeof DeviceState];

/** The sounds that a device makes. @public */
export const SoundName = {
  Incoming: 'incoming',
  Outgoing: 'outgoing',
  Disconnect: 'disconnect',
  Dtmf0: 'dtmf0',
  Dtmf1: 'dtmf1',
  Dtmf2: 'dtmf2',
  Dtmf3: 'dtmf3',
  Dtmf4: 'dtmf4',
  Dtmf5: 'dtmf5',
  Dtmf6: 'dtmf6',
  Dtmf7: 'dtmf7',
  Dtmf8: 'dtmf8',
  Dtmf9: 'dtmf9',
  DtmfS: 'dtmfs',
  DtmfH: 'dtmfh',
} as const;
/** The sounds that a device makes. @public */
export type SoundName = (typeof SoundName)[keyof typeof SoundName];

/** The events of a device of the first generation. @public */
export const ClientEvent = {
  Cancel: 'cancel',
  Connect: 'connect',
  Disconnect: 'disconnect',
  Error: 'error',
  Incoming: 'incoming',
  Offline: 'offline',
  Ready: 'ready',
} as const;
/** The events of a device of the first generation. @public */
export type ClientEvent = (typeof ClientEvent)[keyof typeof ClientEvent];

/** What a device of the first generation is. @public */
export const ClientStatus = { Busy: 'busy', Offline: 'offline', Ready: 'ready' } as const;
/** What a device of the first generation is. @public */
export type ClientStatus = (typeof ClientStatus)[keyof typeof ClientStatus];
