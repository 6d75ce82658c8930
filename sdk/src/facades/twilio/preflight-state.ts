/** How far a preflight is, and what it is to be like. */
import type { DeviceOptions } from './options.js';
import type { PreflightReport } from './preflight-report.js';
import type { RTCSample } from './samples.js';

/** How far it is. */
export type RunStatus = 'connecting' | 'connected' | 'completed' | 'failed';

/** What a preflight is to be like. */
export interface RunOptions extends Omit<DeviceOptions, 'edge'> {
  edge?: string;
  audioContext?: AudioContext | undefined;
  fakeMicInput?: boolean;
  rtcConfiguration?: RTCConfiguration;
  iceServers?: RTCIceServer[];
  signalingTimeoutMs?: number;
}

/** What can be seen of it at any time. */
export interface RunState {
  readonly startTime: number;
  status: RunStatus;
  endTime?: number;
  callSid?: string | undefined;
  latestSample?: RTCSample;
  report?: PreflightReport;
}
