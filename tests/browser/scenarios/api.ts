/** What a scene has to know of an API: how a page speaks it, and what it must have told whom in which scene. */
import type { Role } from './stage.js';

/** All scenes, by their names. */
export const NAMES = [
  'outbound',
  'inbound',
  'remote hang-up',
  'cancel',
  'reject',
  'ignore',
  'busy',
  'others: reject',
  'others: ignore',
  'others: letring',
  'several: off',
  'several: on',
  'network drop while ringing',
  'network drop in a call',
  'token expired',
  'token with a wrong signature',
  'token without a grant',
  'no microphone',
  'microphone denied',
  'device unplugged',
  'noise reduction',
  'feedback',
  'close protection',
] as const;
export type SceneName = (typeof NAMES)[number];

/** What was told whom, in the API's own words and order. */
export type Tale = Readonly<Partial<Record<Role, readonly string[]>>>;
/** An API does not know the notion at all. */
export interface Excuse {
  readonly reason: string;
}

/** One API. */
export interface Api {
  readonly name: string;
  readonly script: string;
  /** The XML that its applications answer with. */
  readonly dialect: 'twilio' | 'plivo';
  /** Completes `window.phone`; runs in the page. */
  readonly install: () => void;
  readonly tales: Readonly<Record<SceneName, Tale | Excuse>>;
}
