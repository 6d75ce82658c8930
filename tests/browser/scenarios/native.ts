/** Our own API in the scenes' terms. */
import type * as Sdk from '../../../sdk/src/index.js';
import type { Api } from './api.js';
import type { PagePhone, State } from './phone.js';

/** Runs in the page. */
function install(): void {
  const { phone } = window;
  const { note } = phone;
  const calls = new Map<string, Sdk.Call>();
  let client: Sdk.Client | undefined;
  let current: Sdk.Call | undefined;
  const failed = (error: { code: string }): void => note('error', error.code);
  const follow = (peer: string, call: Sdk.Call): void => {
    calls.set(peer, call);
    call.on('state', (state) => {
      if (state !== 'ended') note(state, peer);
    });
    call.on('error', failed);
    call.on('ended', ({ cause, by }) => note('ended', peer, cause, by));
  };
  const take = (call: Sdk.Call, several: boolean): void => {
    const peer = call.from.replace(/^client:|^sip:|@.*$/g, '');
    // Whether further calls are welcome is for the page to say; this one says it as those of the vendors do.
    if (!several && client?.calls.some((other) => other !== call)) {
      call.reject('busy');
      return;
    }
    note('incoming', peer);
    follow(peer, call);
  };
  const actions: Partial<PagePhone> = {
    async login(token, { several = false, closeProtection = false }) {
      try {
        client = await window.Offhook.connect({ token, sounds: false, closeProtection });
        client.on('state', (state) => note('client', state));
        client.on('error', failed);
        client.on('incoming', (call) => take(call, several));
        client.on('devices', ({ removed }) => {
          for (const { deviceId } of removed) note('unplugged', deviceId);
        });
        await client.register();
        note('registered');
      } catch (error) {
        failed(error as { code: string });
      }
    },
    online: () => client?.state === 'connected',
    async call(peer) {
      try {
        current = await client?.call(peer);
        if (current) follow(peer, current);
      } catch (error) {
        failed(error as { code: string });
      }
    },
    accept(peer, others) {
      const all = [...calls].filter(([name, call]) => name !== peer && call.state === 'incoming');
      if (others === 'reject') for (const [, call] of all) call.reject('busy');
      if (others === 'ignore') for (const [, call] of all) call.ignore();
      current = calls.get(peer);
      current?.accept({ others: 'hangup' }).catch(failed);
    },
    reject: (peer) => calls.get(peer)?.reject(),
    ignore: (peer) => calls.get(peer)?.ignore(),
    hangUp: () => current?.hangup(),
    state(peer) {
      const state = calls.get(peer)?.state ?? 'none';
      return state === 'answering' ? 'incoming' : (state satisfies State);
    },
    id: (peer) => calls.get(peer)?.id ?? '',
    remoteTrack: (peer) => calls.get(peer)?.connection.getReceivers()[0]?.track,
    reduceNoise: async (on) => (on ? client?.noise.start() : client?.noise.stop()) ?? false,
    async rate(peer, score) {
      await calls.get(peer)?.feedback({ score: score as 1, issues: ['echo'] });
    },
  };
  Object.assign(phone, actions);
}

/** The caller, until both talk; and the callee. */
const TALKED = ['ringing bob', 'up bob'];
const TAKEN = ['incoming alice', 'answering alice', 'up alice'];

/** Ours. */
export const native: Api = {
  name: 'native',
  script: 'offhook',
  dialect: 'twilio',
  install,
  tales: {
    outbound: {
      alice: [...TALKED, 'ended bob normal local'],
      bob: [...TAKEN, 'ended alice normal peer'],
    },
    inbound: {
      alice: [...TALKED, 'ended bob document-ended server'],
      bob: [...TAKEN, 'ended alice normal local'],
    },
    'remote hang-up': {
      alice: [
        ...TALKED,
        'ended bob document-ended server',
        'ringing bob',
        'ended bob cancelled local',
      ],
      bob: [...TAKEN, 'ended alice normal local', 'incoming alice', 'ended alice cancelled peer'],
    },
    cancel: {
      alice: ['ringing bob', 'ended bob cancelled local'],
      bob: ['incoming alice', 'ended alice cancelled peer'],
    },
    reject: {
      alice: ['ringing bob', 'ended bob rejected peer'],
      bob: ['incoming alice', 'ended alice rejected local'],
    },
    ignore: {
      alice: ['ringing bob', 'ended bob no-answer peer'],
      bob: ['incoming alice', 'ignored alice'],
    },
    busy: {
      alice: TALKED,
      amy: ['ringing bob', 'ended bob busy peer'],
      bob: TAKEN,
    },
    'others: reject': {
      alice: TALKED,
      amy: ['ringing bob', 'ended bob busy peer'],
      bob: [
        'incoming alice',
        'incoming amy',
        'ended amy busy local',
        'answering alice',
        'up alice',
      ],
    },
    'others: ignore': {
      alice: TALKED,
      amy: ['ringing bob', 'ended bob cancelled local'],
      bob: ['incoming alice', 'incoming amy', 'ignored amy', 'answering alice', 'up alice'],
    },
    'others: letring': {
      alice: [...TALKED, 'ended bob document-ended server'],
      amy: TALKED,
      bob: [
        'incoming alice',
        'incoming amy',
        'answering alice',
        'up alice',
        'ended alice normal local',
        'answering amy',
        'up amy',
      ],
    },
    'several: off': {
      alice: TALKED,
      amy: ['ringing bob', 'ended bob busy peer'],
      bob: TAKEN,
    },
    'several: on': {
      alice: TALKED,
      amy: ['ringing bob', 'ended bob rejected peer'],
      bob: [...TAKEN, 'incoming amy', 'ended amy rejected local'],
    },
    'network drop while ringing': {
      alice: [
        'ringing bob',
        'client reconnecting',
        'client connected',
        'up bob',
        'ended bob normal local',
      ],
      bob: [...TAKEN, 'ended alice normal peer'],
    },
    'network drop in a call': {
      alice: [...TALKED, 'client reconnecting', 'client connected', 'ended bob normal local'],
      bob: [...TAKEN, 'ended alice normal peer'],
    },
    'token expired': { alice: ['error access-token-expired'] },
    'token with a wrong signature': { alice: ['error invalid-access-token-signature'] },
    'token without a grant': { alice: ['error invalid-access-token-grants'] },
    'no microphone': {
      alice: ['error microphone-missing', 'ringing bob', 'ended bob cancelled local'],
      bob: ['incoming alice', 'ended alice cancelled peer'],
    },
    'microphone denied': {
      alice: ['error microphone-denied', 'ringing bob', 'ended bob cancelled local'],
      bob: ['incoming alice', 'ended alice cancelled peer'],
    },
    'device unplugged': {
      alice: [...TALKED, 'unplugged headset'],
      bob: TAKEN,
    },
    'noise reduction': {
      alice: TALKED,
      bob: TAKEN,
    },
    feedback: {
      alice: [...TALKED, 'ended bob normal local'],
      bob: [...TAKEN, 'ended alice normal peer'],
    },
    'close protection': {
      alice: [...TALKED, 'ended bob document-ended server'],
      bob: [...TAKEN, 'ended alice normal local'],
    },
  },
};
