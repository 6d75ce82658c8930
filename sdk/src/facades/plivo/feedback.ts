/** Feedback on a call: checked in the vendor's order, with the vendor's messages. */
import type { Feedback } from '../../client/options.js';
import { integer } from '../../core/checks.js';
import { idOf } from './call-adapter.js';

const ISSUES = [
  'AUDIO_LAG',
  'BROKEN_AUDIO',
  'CALL_DROPPED',
  'CALLERID_ISSUES',
  'DIGITS_NOT_CAPTURED',
  'ECHO',
  'HIGH_CONNECT_TIME',
  'LOW_AUDIO_LEVEL',
  'ONE_WAY_AUDIO',
  'OTHERS',
  'ROBOTIC_AUDIO',
];
/** The page's own spelling. */
const ALSO: Readonly<Record<string, string>> = { CALL_DROPPPED: 'CALL_DROPPED' };
const LONGEST_NOTE = 280;

/** The page's arguments. */
export interface FeedbackInput {
  readonly callUUID: unknown;
  readonly starRating: unknown;
  readonly issues: unknown;
  readonly note: unknown;
  readonly sendConsoleLogs: unknown;
}

/** The call's id by our own name, and what goes to the server. */
export interface CallFeedback {
  readonly callId: string;
  readonly feedback: Feedback;
}

/** What is to be sent, or the message of the rejection. */
export function feedbackOf(input: FeedbackInput): CallFeedback | string {
  const { callUUID, starRating, issues, note, sendConsoleLogs } = input;
  if (!callUUID) return 'callUUID is mandatory';
  if (!starRating) return 'Star rating is Mandatory';
  const score = Number(starRating);
  if (!integer(1, 5)(score)) return 'score should be from 1-5 range';
  if (typeof note === 'string' && note.length > LONGEST_NOTE) {
    return `Maximum length for note is ${LONGEST_NOTE} charecters`;
  }
  const known = issuesOf(issues, score < 5);
  if (typeof known === 'string') return known;
  const feedback: Feedback = {
    score: score as Feedback['score'],
    issues: known,
    ...(typeof note === 'string' && note && { note }),
    sendLog: sendConsoleLogs === true,
  };
  return { callId: idOf(String(callUUID)), feedback };
}

function issuesOf(issues: unknown, mandatory: boolean): string | readonly string[] {
  if (!mandatory && (issues === undefined || issues === null)) return [];
  if (!Array.isArray(issues)) return 'Attribute issues should be an array';
  if (mandatory && issues.length === 0) return 'Atleast one issue is mandatory for feedback';
  const names = issues.map((issue) => String(issue).trim().toUpperCase());
  const known = [...new Set(names.map((name) => ALSO[name] ?? name))];
  if (!known.every((name) => ISSUES.includes(name))) {
    return `Issues must be from the predefined list of issues - ${ISSUES.join(', ')}`;
  }
  return known.map((name) => name.toLowerCase().replaceAll('_', '-'));
}
