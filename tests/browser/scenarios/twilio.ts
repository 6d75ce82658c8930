/** Twilio's API, its second generation, in the scenes' terms. */
import type { Call, Device } from '../../../sdk/src/facades/twilio/index.js';
import type {} from '../twilio/page.js';
import type { Api } from './api.js';
import type { PagePhone, State } from './phone.js';

/** Runs in the page. */
function install(): void {
  const { phone } = window;
  const { note } = phone;
  const calls = new Map<string, Call>();
  const ignored = new Set<Call>();
  let device: Device;
  let current: Call | undefined;
  const STATES: Readonly<Record<string, State>> = {
    pending: 'incoming',
    connecting: 'dialing',
    ringing: 'ringing',
    open: 'up',
    reconnecting: 'up',
    closed: 'ended',
  };
  const codeOf = (value: unknown): number | undefined =>
    value instanceof Error ? (value as Error & { code: number }).code : undefined;
  const follow = (peer: string, call: Call): void => {
    calls.set(peer, call);
    const events = ['ringing', 'accept', 'cancel', 'reject', 'disconnect', 'error'];
    for (const event of [...events, 'reconnecting', 'reconnected']) {
      call.on(event, (value: unknown) => note(event, peer, codeOf(value)));
    }
  };
  const followDevice = (): void => {
    for (const event of ['registering', 'registered', 'unregistered', 'error']) {
      device.on(event, (value: unknown) => note(`device-${event}`, codeOf(value)));
    }
    device.audio?.on('deviceChange', (lost: MediaDeviceInfo[]) => {
      note('deviceChange', ...lost.map(({ deviceId }) => deviceId));
    });
    device.on('incoming', (call: Call) => {
      const peer = (call.parameters['From'] ?? '').replace(/^client:/, '');
      note('incoming', peer);
      follow(peer, call);
    });
  };
  const actions: Partial<PagePhone> = {
    async login(token, { several = false, closeProtection = false }) {
      device = new window.Twilio.Device(token, {
        logLevel: 'silent',
        allowIncomingWhileBusy: several,
        closeProtection,
        enableImprovedSignalingErrorPrecision: true,
      });
      followDevice();
      // What is wrong comes as an event as well.
      await device.register().catch(() => undefined);
    },
    online: () => device.state === 'registered',
    async call(peer) {
      try {
        current = await device.connect({ params: { To: peer } });
        follow(peer, current);
      } catch (error) {
        note('connect', codeOf(error));
      }
    },
    accept(peer, others) {
      const all = device.calls.filter((call) => call !== calls.get(peer));
      if (others === 'reject') for (const call of all) call.reject();
      if (others === 'ignore')
        for (const call of all)
          phone.ignore(call.parameters['From']?.replace(/^client:/, '') ?? '');
      current = calls.get(peer);
      current?.accept();
    },
    reject: (peer) => calls.get(peer)?.reject(),
    ignore(peer) {
      const call = calls.get(peer);
      if (call) ignored.add(call);
      call?.ignore();
    },
    hangUp: () => current?.disconnect(),
    state(peer) {
      const call = calls.get(peer);
      if (!call) return 'none';
      return ignored.has(call) ? 'ignored' : (STATES[call.status()] ?? 'none');
    },
    id: (peer) => (calls.get(peer)?.parameters['CallSid'] ?? '').replace(/^CA/, ''),
    remoteTrack: (peer) => calls.get(peer)?.getRemoteStream()?.getAudioTracks()[0],
    rate: async (peer, score) => calls.get(peer)?.postFeedback(score as 1, 'echo' as never),
  };
  Object.assign(phone, actions);
}

/** The caller, until both talk; and the callee. */
const TALKED = ['ringing bob', 'accept bob'];
const TAKEN = ['incoming alice', 'accept alice'];

/** The vendor's. */
export const twilio: Api = {
  name: 'twilio',
  script: 'twilio',
  dialect: 'twilio',
  install,
  tales: {
    outbound: {
      alice: [...TALKED, 'disconnect bob'],
      bob: [...TAKEN, 'disconnect alice'],
    },
    inbound: {
      alice: [...TALKED, 'disconnect bob'],
      bob: [...TAKEN, 'disconnect alice'],
    },
    'remote hang-up': {
      alice: [...TALKED, 'disconnect bob', 'ringing bob', 'disconnect bob'],
      bob: [...TAKEN, 'disconnect alice', 'incoming alice', 'cancel alice'],
    },
    cancel: { alice: ['ringing bob', 'disconnect bob'], bob: ['incoming alice', 'cancel alice'] },
    reject: {
      alice: ['ringing bob', 'error bob 31603', 'disconnect bob'],
      bob: ['incoming alice', 'reject alice'],
    },
    ignore: {
      alice: ['ringing bob', 'error bob 31480', 'disconnect bob'],
      bob: ['incoming alice'],
    },
    busy: {
      alice: TALKED,
      amy: ['ringing bob', 'error bob 31480', 'disconnect bob'],
      bob: TAKEN,
    },
    'others: reject': {
      alice: TALKED,
      amy: ['ringing bob', 'error bob 31603', 'disconnect bob'],
      bob: ['incoming alice', 'incoming amy', 'reject amy', 'accept alice'],
    },
    'others: ignore': {
      alice: TALKED,
      amy: ['ringing bob', 'disconnect bob'],
      bob: ['incoming alice', 'incoming amy', 'accept alice'],
    },
    'others: letring': {
      alice: [...TALKED, 'disconnect bob'],
      amy: TALKED,
      bob: ['incoming alice', 'incoming amy', 'accept alice', 'disconnect alice', 'accept amy'],
    },
    'several: off': {
      reason:
        'allowIncomingWhileBusy is about calls during a call (see busy); while one rings others ring, too',
    },
    'several: on': {
      alice: TALKED,
      amy: ['ringing bob', 'error bob 31603', 'disconnect bob'],
      bob: [...TAKEN, 'incoming amy', 'reject amy'],
    },
    'network drop while ringing': {
      alice: [
        'ringing bob',
        'device-error 31005',
        'device-unregistered',
        'device-registering',
        'device-registered',
        'accept bob',
        'disconnect bob',
      ],
      bob: [...TAKEN, 'disconnect alice'],
    },
    'network drop in a call': {
      alice: [
        ...TALKED,
        'reconnecting bob 53001',
        'device-error 31005',
        'device-unregistered',
        'reconnected bob',
        'device-registering',
        'device-registered',
        'disconnect bob',
      ],
      bob: [...TAKEN, 'disconnect alice'],
    },
    'token expired': { alice: ['device-registering', 'device-unregistered', 'device-error 20104'] },
    'token with a wrong signature': {
      alice: ['device-registering', 'device-unregistered', 'device-error 31202'],
    },
    'token without a grant': {
      alice: ['device-registering', 'device-unregistered', 'device-error 20151'],
    },
    'no microphone': {
      alice: ['disconnect bob', 'error bob 31402', 'ringing bob', 'disconnect bob'],
      bob: ['incoming alice', 'cancel alice'],
    },
    'microphone denied': {
      alice: ['disconnect bob', 'error bob 31401', 'ringing bob', 'disconnect bob'],
      bob: ['incoming alice', 'cancel alice'],
    },
    'device unplugged': {
      alice: [...TALKED, 'deviceChange'],
      bob: TAKEN,
    },
    'noise reduction': {
      reason:
        'the vendor has none of its own; pages bring an AudioProcessor, which the rows of its audio helper try',
    },
    feedback: {
      alice: [...TALKED, 'disconnect bob'],
      bob: [...TAKEN, 'disconnect alice'],
    },
    'close protection': {
      alice: [...TALKED, 'disconnect bob'],
      bob: [...TAKEN, 'disconnect alice'],
    },
  },
};
