/** Rows about calls that come to nothing, as the recorded server reports them to either side's page. */
import { expect } from 'vitest';
import { rows } from '../../surface.js';
import { Scene } from './login.js';

const LOCAL = { originator: 'local', protocol: 'none' };
const REMOTE = { originator: 'remote', protocol: 'Q.850' };

/** Declares the rows. */
export const endings = rows((surface) => {
  surface.row(
    ['method.reject', 'event.onCallFailed', 'call-state.rejected'],
    'a call is rejected, and the server learns that its callee is busy',
    async () => {
      const scene = await Scene.inside('reject');
      const { client, server } = scene;
      expect(client.reject()).toBe(false);
      await server.says('incoming');
      // A call that there is not means the latest.
      expect(client.reject('no such call')).toBe(true);
      await server.page.time.pass(1);
      expect(server.sent.at(-1)).toMatchObject({ type: 'reject', cause: 'busy' });
      expect(scene.events).toEqual(['onIncomingCall', 'onCallFailed']);
      const [cause, call] = scene.last('onCallFailed');
      expect(cause).toBe('Rejected');
      expect(call).toMatchObject({ ...LOCAL, state: 'rejected', reason: 'Rejected', code: 3020 });
      await server.says('ended');
      expect(scene.events).toEqual(['onIncomingCall', 'onCallFailed']);
    },
  );

  surface.row(
    ['event.onCallFailed', 'call-state.canceled'],
    'who gives up cancels the call',
    async () => {
      const scene = await Scene.inside('incoming');
      const { client, server } = scene;
      client.call('bob', {});
      server.follows('cancel');
      await server.until('ringing');
      expect(client.hangup()).toBe(true);
      await server.end();
      const [cause, call] = scene.last('onCallFailed');
      expect(cause).toBe('Canceled');
      expect(call).toMatchObject({ ...LOCAL, state: 'canceled', code: 1000 });
      expect(scene.events).toEqual(['onCalling', 'onCallRemoteRinging', 'onCallFailed']);
    },
  );

  surface.row(
    ['method.ignore', 'event.onIncomingCallIgnored', 'call-state.ignored'],
    'a call that is ignored cannot be answered any more',
    async () => {
      const scene = await Scene.inside('reject');
      const { client, server } = scene;
      expect(client.ignore()).toBe(false);
      const id = uuid(await server.says('incoming', { call: 'c'.repeat(32) }));
      expect(client.ignore(id)).toBe(true);
      await server.page.time.pass(1);
      expect(server.sent.at(-1)).toMatchObject({ type: 'ignore' });
      const [call] = scene.last('onIncomingCallIgnored');
      expect(call).toMatchObject({ ...LOCAL, state: 'ignored', reason: 'Ignored', code: 11002 });
      expect(client.answer(id)).toBe(false);
      expect(scene.events).toEqual(['onIncomingCall', 'onIncomingCallIgnored']);
    },
  );

  surface.row(
    'event.onIncomingCallCanceled',
    'a call that another device answers is canceled here, and cannot be answered',
    async () => {
      const scene = await Scene.inside('reject');
      const { client, server } = scene;
      await server.says('incoming', { call: 'd'.repeat(32) });
      await server.says('ended', { cause: 'answered-elsewhere' });
      const [call] = scene.last('onIncomingCallCanceled');
      expect(call).toMatchObject({ ...REMOTE, state: 'canceled' });
      expect(client.answer()).toBe(false);
      expect(scene.events).toEqual(['onIncomingCall', 'onIncomingCallCanceled']);
    },
  );
});

/** The server's id as the vendor writes it. */
function uuid(id: unknown): string {
  return String(id).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
