/** Rows about how calls begin and end otherwise: busy, forwarded, failed. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import { leave, type Pair, pairOf, talk } from './calls.js';
import { CALL_EVENTS, type TwilioEnv } from './test-env.js';

/** Two people, and those who join later. */
async function withPair(
  env: TwilioEnv,
  what: (pair: Pair) => Promise<void>,
  hers: Record<string, unknown> = {},
  his: Record<string, unknown> = {},
): Promise<void> {
  const pair = await pairOf(env, hers, his);
  try {
    await what(pair);
  } finally {
    await leave(pair);
  }
}

/** Alice calls, and Bob's device rings. */
async function ring({ alice, bob }: Pair): Promise<void> {
  await alice.call({ params: { To: 'bob' } });
  await bob.until('device', 'incoming');
}

/** Declares them. */
export const endings = rows((surface, env: () => TwilioEnv) => {
  unanswered(surface, env);
  busy(surface, env);
  failures(surface, env);
});

const unanswered = rows((surface, env: () => TwilioEnv) => {
  surface.row('connect.option.connectToken', 'takes a call that rings on another device', () =>
    withPair(env(), async (pair) => {
      const other = await env().bob();
      await other.device(await env().vendorToken('bob'));
      await other.register();
      await ring(pair);
      await other.until('device', 'incoming');
      const connectToken = await pair.bob.run(() => window.twilioPage.call.connectToken);
      const taken = await other.run(
        async (token, events) => {
          const call = await window.twilioPage.device.connect({ connectToken: token ?? '' });
          window.twilioPage.note('taken', call, events);
          await window.twilioPage.until('taken', 'accept');
          return [call.direction, call.status(), call.customParameters.get('shoe')];
        },
        connectToken,
        [...CALL_EVENTS],
      );
      expect(taken).toEqual(['OUTGOING', 'open', 'left=right']);
      await pair.bob.until('call', 'cancel');
      await pair.alice.until('call', 'accept');
      await other.close();
    }),
  );
});

const busy = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    ['device.option.allowIncomingWhileBusy', 'device.method.disconnectAll'],
    'lets calls come during a call, and taking one ends the other',
    () =>
      withPair(
        env(),
        async (pair) => {
          await talk(pair);
          const carol = await env().alice();
          await carol.device(await env().vendorToken('carol'));
          await carol.call({ params: { To: 'bob' } });
          await expect
            .poll(
              async () =>
                (await pair.bob.events('device')).filter((name) => name === 'incoming').length,
            )
            .toBe(2);
          await pair.bob.run(
            (events) => {
              window.twilioPage.note('second', window.twilioPage.call, events);
              window.twilioPage.call.accept();
            },
            [...CALL_EVENTS],
          );
          await Promise.all([
            carol.until('call', 'accept'),
            pair.alice.until('call', 'disconnect'),
          ]);
          await pair.bob.run(() => window.twilioPage.device.disconnectAll());
          await carol.until('call', 'disconnect');
          expect(await pair.bob.run(() => window.twilioPage.device.isBusy)).toBe(false);
          await carol.close();
        },
        {},
        { allowIncomingWhileBusy: true },
      ),
  );
});

const failures = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    'call.event.error',
    'comes with the code of what went wrong, then the end',
    async () => {
      const rejecting = await env().env.application(
        'twilio',
        '<Response><Reject reason="busy"/></Response>',
      );
      const alice = await env().alice();
      const token = await env().env.token('alice', rejecting);
      await alice.device(token, { enableImprovedSignalingErrorPrecision: true });
      await alice.call();
      await alice.until('call', 'disconnect');
      expect(await alice.events('call')).toEqual(['error', 'disconnect']);
      const [error] = await alice.emitted('call');
      expect(error?.values).toEqual([{ name: 'BusyHere', code: 31486 }]);

      await alice.run(() => {
        window.twilioPage.device.updateOptions({
          getUserMedia: () => Promise.reject(new DOMException('no', 'NotAllowedError')),
        });
      });
      const denied = await alice.run(
        async (events) => {
          const call = await window.twilioPage.device.connect();
          window.twilioPage.note('denied', call, events);
          await window.twilioPage.until('denied', 'error');
          return call.status();
        },
        [...CALL_EVENTS],
      );
      expect(denied).toBe('closed');
      expect(await alice.events('denied')).toEqual(['disconnect', 'error']);
      const values = (await alice.emitted('denied')).at(-1)?.values;
      expect(values).toEqual([{ name: 'PermissionDeniedError', code: 31401 }]);
      await alice.close();
    },
  );
  surface.row(
    'call.method.sendDigits',
    'refuses what is no key, and the keys reach the other end',
    () =>
      withPair(env(), async (pair) => {
        await talk(pair);
        const refused = await pair.alice.run(() => {
          try {
            window.twilioPage.call.sendDigits('12x');
            return '';
          } catch (error) {
            return (error as Error).name;
          }
        });
        expect(refused).toBe('InvalidArgumentError');
      }),
  );
});
