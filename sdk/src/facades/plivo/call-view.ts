/** A call as its events describe it. */
import type { CallStateWord, End } from './endings.js';
import { copyOf, type ExtraHeaders } from './extra-headers.js';

/** The host in the addresses of endpoints. */
export const DOMAIN = 'phone.plivo.com';

/** Describes a call at one moment. The capitalised keys are the page's spelling, the others the product's. @public */
export interface CallView {
  /** The id by which the application knows the call; empty until the server has said it. */
  callUUID: string;
  direction: 'incoming' | 'outgoing';
  /** Who calls: for an outgoing call this page's own SIP address, else the number or the endpoint. */
  src: string;
  /** Who is called: for an incoming call this page's own SIP address, else the number or the endpoint. */
  dest: string;
  state: CallStateWord;
  extraHeaders: ExtraHeaders;
  /** `Not_applicable` for outgoing calls. */
  stirShakenState: string | undefined;
  /** Who ended it. */
  originator: 'local' | 'remote';
  /** `Q.850`, or `none` for what this end has done. */
  protocol: string;
  reason: string;
  /** A Q.850 cause, or the vendor's code for what this end has done; -1 before the end. */
  code: number;
  Direction: 'INCOMING' | 'OUTGOING';
  Originator: 'local' | 'remote';
  Protocol: string;
  Reason: string;
  Code: number;
}

/** What of it does not change. */
export type CallConstants = Pick<
  CallView,
  'direction' | 'src' | 'dest' | 'extraHeaders' | 'stirShakenState'
>;

const GOING_ON = { originator: 'local', protocol: 'none', reason: 'none', code: -1 } as const;

/** The description of a call. */
export function view(
  constants: CallConstants,
  callUUID: string,
  state: CallStateWord,
  end: End | undefined,
): CallView {
  const { originator, protocol, reason, code } = end ?? GOING_ON;
  const { extraHeaders, direction } = constants;
  return {
    callUUID,
    ...constants,
    extraHeaders: copyOf(extraHeaders),
    state,
    originator,
    protocol,
    reason,
    code,
    Direction: direction === 'incoming' ? 'INCOMING' : 'OUTGOING',
    Originator: originator,
    Protocol: protocol,
    Reason: reason,
    Code: code,
  };
}

/** Our id of a call as the vendor writes ids: 32 hex digits with the dashes of RFC 9562. */
export function uuidOf(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The vendor's id of a call as we write it. */
export function idOf(uuid: string): string {
  return uuid.replaceAll('-', '');
}

/** A number or an endpoint, without what says that it is one. */
export function bare(party: string): string {
  const name = party.replace(/^(client|sips?):/i, '');
  return name.endsWith(`@${DOMAIN}`) ? name.slice(0, -DOMAIN.length - 1) : name;
}

/** An endpoint's SIP address. */
export function sipAddress(name: string): string {
  return `sip:${name.includes('@') ? name : `${name}@${DOMAIN}`}`;
}
