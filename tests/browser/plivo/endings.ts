/** Calls that come to nothing, and several that ring at once. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import type { Phone, PlivoEnv } from './test-env.js';

type View = Record<string, unknown>;

/** What somebody was told of the end of calls. */
async function over(phone: Phone): Promise<string[]> {
  const ends = /Terminated|Failed|Canceled|Ignored/;
  return (await phone.events()).filter((event) => ends.test(event));
}

const LOCAL = { originator: 'local', protocol: 'none' };
const REMOTE = { originator: 'remote', protocol: 'Q.850' };

/** Declares the rows. */
export const endings = rows((surface, env: () => PlivoEnv) => {
  /** Somebody calls Bob, and it rings there. */
  async function ring(name: 'alice' | 'amy' | 'brief', bob: Phone, count = 1) {
    const caller = await env().inside(name);
    await caller.does('call', 'bob', {});
    const [, , call] = await bob.until('onIncomingCall', count);
    await caller.until('onCallRemoteRinging');
    return [caller, (call as { callUUID: string }).callUUID] as const;
  }

  surface.row(
    ['method.reject', 'event.onCallFailed', 'call-state.rejected', 'call-state.failed'],
    'who is rejected finds the other end busy',
    async () => {
      const bob = await env().inside('bob');
      expect(await bob.does('reject')).toBe(false);
      const [alice] = await ring('alice', bob);
      // A call that there is not means the latest.
      expect(await bob.does('reject', 'no such call')).toBe(true);
      const [cause, his] = await bob.until('onCallFailed');
      expect(cause).toBe('Rejected');
      expect(his).toMatchObject({ ...LOCAL, state: 'rejected', reason: 'Rejected', code: 3020 });
      const [failure, hers] = await alice.until('onCallFailed');
      expect(failure).toBe('Busy');
      expect(hers).toMatchObject({ ...REMOTE, state: 'failed', reason: 'USER_BUSY', code: 17 });
      expect(await over(alice)).toEqual(['onCallFailed']);
      expect(await bob.events()).toEqual(['onIncomingCall', 'onCallFailed']);
    },
  );

  surface.row('event.onCallFailed', "has the vendor's cause", async () => {
    for (const [name, cause, code, state] of [
      ['busy', 'Busy', 17, 'failed'],
      ['rejected', 'Rejected', 21, 'rejected'],
      ['nobody', 'Unavailable', 20, 'failed'],
    ] as const) {
      const caller = await env().inside(name);
      await caller.does('call', 'bob', {});
      const [failure, call] = await caller.until('onCallFailed');
      expect([name, failure]).toEqual([name, cause]);
      expect(call).toMatchObject({ ...REMOTE, state, code });
      await caller.close();
    }
  });

  surface.row('event.onCallFailed', 'is emitted for an unanswered call', async () => {
    const bob = await env().inside('bob');
    const [caller] = await ring('brief', bob);
    const [cause, his] = await bob.until('onCallFailed');
    expect(cause).toBe('No Answer');
    expect(his).toMatchObject({ state: 'failed', code: 3000 });
    await caller.until('onCallFailed');
  });

  surface.row(
    'option.allowMultipleIncomingCalls',
    'without it a second caller gets busy, without an event',
    async () => {
      const bob = await env().inside('bob');
      const [alice, id] = await ring('alice', bob);
      const amy = await env().inside('amy');
      await amy.does('call', 'bob', {});
      expect((await amy.until('onCallFailed'))[0]).toBe('Busy');
      // What is no call is not answered, though there is one.
      expect(await bob.does('answer', 'no such call')).toBe(false);
      await bob.does('answer', id, 'letring');
      await alice.until('onCallAnswered');
      await amy.forget();
      await amy.does('call', 'bob', {});
      expect((await amy.until('onCallFailed'))[0]).toBe('Busy');
      expect(await bob.count('onIncomingCall')).toBe(1);
    },
  );

  surface.row(
    ['method.answer', 'option.allowMultipleIncomingCalls'],
    'the other pending calls are rejected by default',
    async () => {
      const bob = await env().inside('bob', { allowMultipleIncomingCalls: true });
      const [alice, hers] = await ring('alice', bob);
      const [amy, second] = await ring('amy', bob, 2);
      const invites = (await bob.does('getIncomingCalls')) as unknown as View[];
      expect(invites.map(({ callUUID }) => callUUID)).toEqual([hers, second]);
      expect(await bob.does('answer', hers, 'whatever')).toBe(false);
      expect(await bob.does('answer', hers)).toBe(true);
      expect((await amy.until('onCallFailed'))[0]).toBe('Busy');
      const [cause, call] = await bob.until('onCallFailed');
      expect([cause, (call as View).callUUID]).toEqual(['Rejected', second]);
      await alice.until('onCallAnswered');
    },
  );

  surface.row(
    ['method.answer', 'option.allowMultipleIncomingCalls'],
    'the others are ignored, by either spelling; without an id it is the latest that is answered',
    async () => {
      const bob = await env().inside('bob', { allowMultipleIncomingCalls: true });
      const [alice, hers] = await ring('alice', bob);
      const [amy, second] = await ring('amy', bob, 2);
      expect(await bob.does('answer', undefined, 'ignored')).toBe(true);
      const [ignored] = await bob.until('onIncomingCallIgnored');
      expect((ignored as View).callUUID).toBe(hers);
      await amy.until('onCallAnswered');
      expect(await bob.does('getCallUUID')).toBe(second);
      expect(await over(alice)).toEqual([]);
      expect(await bob.does('answer', hers, 'ignore')).toBe(false);
    },
  );

  surface.row(
    ['method.answer', 'option.allowMultipleIncomingCalls'],
    'the others ring on, and answering one of them ends the call that talks',
    async () => {
      const bob = await env().inside('bob', { allowMultipleIncomingCalls: true });
      const [alice, hers] = await ring('alice', bob);
      const [amy, second] = await ring('amy', bob, 2);
      await bob.does('answer', hers, 'letring');
      await Promise.all([alice.until('onCallAnswered'), bob.until('onCallAnswered')]);
      expect(await over(amy)).toEqual([]);
      await bob.does('answer', second, 'letring');
      expect(((await alice.until('onCallTerminated'))[1] as View).state).toBe('ended');
      await amy.until('onCallAnswered');
      const [hangup, call] = await bob.until('onCallTerminated');
      expect(hangup).toEqual({ originator: 'local', reason: 'Terminated' });
      expect((call as View).callUUID).toBe(hers);
    },
  );

  surface.row('method.call', 'is refused when it cannot be done now', async () => {
    const alice = await env().phone();
    expect(await alice.does('call', 'bob', {})).toBe(false);
    await alice.does('login', 'alice', await env().password('alice'));
    await alice.until('onLogin');
    expect(await alice.does('call', ' ', {})).toBe(false);
    const [first, second, hungUp] = await alice.run(() => {
      const { client } = window.plivoPage;
      return [client.call('bob', {}), client.call('bob', {}), client.hangup()];
    });
    expect([first, second, hungUp]).toEqual([true, false, true]);
    // Given up before the server has said anything.
    const [cause, call] = await alice.until('onCallFailed');
    expect([cause, (call as View).code]).toEqual(['Canceled', 1000]);
  });

  surface.row(
    'method.call',
    'takes headers that are allowed, and leaves out the others',
    async () => {
      const alice = await env().inside('alice');
      await alice.does('call', 'bob', {
        'X-PH-Test1': 'a+b-c_(d)',
        'x-ph-test2': '100%.5',
        'X-PH-Long': 'x'.repeat(121),
        'X-PH-Space': 'a b',
        'X-PH-NameThatIsFarTooLong': 'a',
        'X-Other': 'a',
      });
      await alice.until('onCallFailed');
      const kept = { 'X-PH-Test1': 'a+b-c_(d)', 'x-ph-test2': '100%.5' };
      const invite = await alice.run(() =>
        window.plivoPage.frames.find(({ type }) => type === 'invite'),
      );
      expect(invite?.['headers']).toEqual(kept);
      const lines = await alice.run(() =>
        window.plivoPage.lines.map(({ text }) => text).join('\n'),
      );
      expect(lines).toContain('X-PH-Space');
    },
  );
});
