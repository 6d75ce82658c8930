/** Plivo's API in the scenes' terms. */
import type { CallInfo, Client } from '../../../sdk/src/facades/plivo/index.js';
import type {} from '../plivo/page.js';
import type { Api } from './api.js';
import type { PagePhone, State } from './phone.js';

/** Runs in the page. */
function install(): void {
  const { phone } = window;
  const { note } = phone;
  const calls = new Map<string, { id: string; state: State }>();
  const STATES: Readonly<Record<CallInfo['state'], State>> = {
    initialized: 'dialing',
    ringing: 'ringing',
    answered: 'up',
    ignored: 'ignored',
    rejected: 'ended',
    canceled: 'ended',
    failed: 'ended',
    ended: 'ended',
  };
  let client: Client;
  const peerOf = ({ direction, src, dest }: CallInfo): string =>
    (direction === 'incoming' ? src : dest).replace(/^sip:|@.*$/g, '');
  const look = (call: CallInfo): void => {
    const state = STATES[call.state];
    const shown = call.direction === 'incoming' && state === 'ringing' ? 'incoming' : state;
    calls.set(peerOf(call), { id: call.callUUID, state: shown });
  };
  /** @param pick - What is worth a note beside the event's name and the peer's. */
  const follow = (event: string, pick: (...values: never[]) => unknown = () => undefined): void => {
    client.on(event as never, (...values: unknown[]) => {
      const call = values.find(
        (value): value is CallInfo => typeof value === 'object' && !!value && 'callUUID' in value,
      );
      if (call) look(call);
      note(event, call && peerOf(call), pick(...(values as never[])));
    });
  };
  const settled = (event: string): Promise<void> =>
    new Promise((done) => void client.on(event as never, () => done()));
  const followAll = (): void => {
    type Named = Record<string, string>;
    for (const event of ['onLogin', 'onLogout', 'onCalling', 'onCallRemoteRinging']) follow(event);
    for (const event of ['onCallAnswered', 'onIncomingCall', 'onNoiseReductionReady'])
      follow(event);
    for (const event of ['onIncomingCallCanceled', 'onIncomingCallIgnored']) follow(event);
    for (const event of ['onLoginFailed', 'onCallFailed', 'onPermissionDenied']) {
      follow(event, (cause: string) => cause);
    }
    follow('onCallTerminated', ({ originator, reason }: Named) => `${reason} ${originator}`);
    follow('onConnectionChange', ({ state }: Named) => state);
    follow('onMediaPermission', ({ status, error = '' }: Named) => `${status} ${error}`.trim());
    follow(
      'audioDeviceChange',
      ({ change, device }: { change: string; device: MediaDeviceInfo }) =>
        `${change} ${device.deviceId}`,
    );
  };
  const actions: Partial<PagePhone> = {
    async login(token, { several = false, noise = false, closeProtection = false }) {
      const options = { permOnClick: true, debug: 'OFF', closeProtection } as const;
      ({ client } = new window.Plivo({
        ...options,
        allowMultipleIncomingCalls: several,
        enableNoiseReduction: noise,
      }));
      followAll();
      const ready = noise ? settled('onNoiseReductionReady') : undefined;
      const over = Promise.race([settled('onLogin'), settled('onLoginFailed')]);
      client.loginWithAccessToken(token);
      await Promise.all([over, ready]);
    },
    online: () => client.isConnected(),
    async call(peer) {
      const over = Promise.race([settled('onCalling'), settled('onPermissionDenied')]);
      calls.set(peer, { id: '', state: 'dialing' });
      client.call(peer, {});
      await over;
    },
    accept: (peer, others) => void client.answer(calls.get(peer)?.id ?? '', others),
    reject: (peer) => void client.reject(calls.get(peer)?.id ?? ''),
    ignore: (peer) => void client.ignore(calls.get(peer)?.id ?? ''),
    hangUp: () => void client.hangup(),
    state: (peer) => calls.get(peer)?.state ?? 'none',
    id: (peer) => (calls.get(peer)?.id ?? '').replaceAll('-', ''),
    remoteTrack: () => client.getPeerConnection().pc?.getReceivers()[0]?.track,
    reduceNoise: (on) => (on ? client.startNoiseReduction() : client.stopNoiseReduction()),
    async rate(peer, score) {
      await client.submitCallQualityFeedback(calls.get(peer)?.id ?? '', score, ['ECHO']);
    },
  };
  Object.assign(phone, actions);
}

/** The caller, until it rings and until both talk; and the callee. */
const RANG = ['onCalling', 'onCallRemoteRinging bob'];
const TALKED = [...RANG, 'onCallAnswered bob'];
const TAKEN = ['onIncomingCall alice', 'onCallAnswered alice'];

/** The vendor's. */
export const plivo: Api = {
  name: 'plivo',
  script: 'plivo',
  dialect: 'plivo',
  install,
  tales: {
    outbound: {
      alice: [...TALKED, 'onCallTerminated bob Terminated local'],
      bob: [...TAKEN, 'onCallTerminated alice Terminated remote'],
    },
    inbound: {
      alice: [...TALKED, 'onCallTerminated bob Terminated remote'],
      bob: [...TAKEN, 'onCallTerminated alice Terminated local'],
    },
    'remote hang-up': {
      alice: [
        ...TALKED,
        'onCallTerminated bob Terminated remote',
        ...RANG,
        'onCallFailed bob Canceled',
      ],
      bob: [
        ...TAKEN,
        'onCallTerminated alice Terminated local',
        'onIncomingCall alice',
        'onIncomingCallCanceled alice',
      ],
    },
    cancel: {
      alice: [...RANG, 'onCallFailed bob Canceled'],
      bob: ['onIncomingCall alice', 'onIncomingCallCanceled alice'],
    },
    reject: {
      alice: [...RANG, 'onCallFailed bob Busy'],
      bob: ['onIncomingCall alice', 'onCallFailed alice Rejected'],
    },
    ignore: {
      alice: [...RANG, 'onCallFailed bob Unavailable'],
      bob: ['onIncomingCall alice', 'onIncomingCallIgnored alice'],
    },
    busy: {
      alice: TALKED,
      amy: [...RANG, 'onCallFailed bob Busy'],
      bob: TAKEN,
    },
    'others: reject': {
      alice: TALKED,
      amy: [...RANG, 'onCallFailed bob Busy'],
      bob: [
        'onIncomingCall alice',
        'onIncomingCall amy',
        'onCallFailed amy Rejected',
        'onCallAnswered alice',
      ],
    },
    'others: ignore': {
      alice: TALKED,
      amy: [...RANG, 'onCallFailed bob Canceled'],
      bob: [
        'onIncomingCall alice',
        'onIncomingCall amy',
        'onIncomingCallIgnored amy',
        'onCallAnswered alice',
      ],
    },
    'others: letring': {
      alice: [...TALKED, 'onCallTerminated bob Terminated remote'],
      amy: TALKED,
      bob: [
        'onIncomingCall alice',
        'onIncomingCall amy',
        'onCallAnswered alice',
        'onCallTerminated alice Terminated local',
        'onCallAnswered amy',
      ],
    },
    'several: off': {
      alice: TALKED,
      amy: [...RANG, 'onCallFailed bob Busy'],
      bob: TAKEN,
    },
    'several: on': {
      alice: TALKED,
      amy: [...RANG, 'onCallFailed bob Busy'],
      bob: [...TAKEN, 'onIncomingCall amy', 'onCallFailed amy Rejected'],
    },
    'network drop while ringing': {
      alice: [
        ...RANG,
        'onConnectionChange disconnected',
        'onConnectionChange connected',
        'onCallAnswered bob',
        'onCallTerminated bob Terminated local',
      ],
      bob: [...TAKEN, 'onCallTerminated alice Terminated remote'],
    },
    'network drop in a call': {
      alice: [
        ...TALKED,
        'onConnectionChange disconnected',
        'onConnectionChange connected',
        'onCallTerminated bob Terminated local',
      ],
      bob: [...TAKEN, 'onCallTerminated alice Terminated remote'],
    },
    'token expired': { alice: ['onMediaPermission success', 'onLoginFailed ACCESS_TOKEN_EXPIRED'] },
    'token with a wrong signature': {
      alice: ['onMediaPermission success', 'onLoginFailed INVALID_ACCESS_TOKEN_SIGNATURE'],
    },
    'token without a grant': {
      alice: ['onMediaPermission success', 'onLoginFailed INVALID_ACCESS_TOKEN_GRANTS'],
    },
    'no microphone': {
      alice: [
        'onCalling',
        'onMediaPermission failure NotFoundError',
        'onCallFailed bob User Denied Media Access',
        ...RANG,
        'onCallFailed bob Canceled',
      ],
      bob: ['onIncomingCall alice', 'onIncomingCallCanceled alice'],
    },
    'microphone denied': {
      alice: [
        'onCalling',
        'onMediaPermission failure NotAllowedError',
        'onCallFailed bob User Denied Media Access',
        ...RANG,
        'onCallFailed bob Canceled',
      ],
      bob: ['onIncomingCall alice', 'onIncomingCallCanceled alice'],
    },
    'device unplugged': {
      alice: [...TALKED, 'audioDeviceChange removed headset'],
      bob: TAKEN,
    },
    'noise reduction': { alice: TALKED },
    feedback: {
      alice: [...TALKED, 'onCallTerminated bob Terminated local'],
      bob: [...TAKEN, 'onCallTerminated alice Terminated remote'],
    },
    'close protection': {
      alice: [...TALKED, 'onCallTerminated bob Terminated remote'],
      bob: [...TAKEN, 'onCallTerminated alice Terminated local'],
    },
  },
};
