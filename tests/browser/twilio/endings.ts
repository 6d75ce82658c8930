/** Rows about how calls begin and end otherwise: busy, forwarded, failed. */
import { expect } from 'vitest';
import { rows } from '../../../sdk/test/facades/surface.js';
import { leave, type Pair, pairOf, talk } from './calls.js';
import { CALL_EVENTS, type TwilioOffice } from './office.js';

/** Two people, and those who join later. */
async function withPair(
  office: TwilioOffice,
  what: (pair: Pair) => Promise<void>,
  hers: Record<string, unknown> = {},
  his: Record<string, unknown> = {},
): Promise<void> {
  const pair = await pairOf(office, hers, his);
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
export const endings = rows((surface, office: () => TwilioOffice) => {
  unanswered(surface, office);
  busy(surface, office);
  failures(surface, office);
});

const unanswered = rows((surface, office: () => TwilioOffice) => {
  surface.row('connect.option.connectToken', 'takes a call that rings on another device', () =>
    withPair(office(), async (pair) => {
      const other = await office().bob();
      await other.device(await office().vendorToken('bob'));
      await other.register();
      await ring(pair);
      await other.until('device', 'incoming');
      const connectToken = await pair.bob.run(() => window.stage.call.connectToken);
      const taken = await other.run(
        async (token, events) => {
          const call = await window.stage.device.connect({ connectToken: token ?? '' });
          window.stage.note('taken', call, events);
          await window.stage.until('taken', 'accept');
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

const busy = rows((surface, office: () => TwilioOffice) => {
  surface.row(
    ['device.option.allowIncomingWhileBusy', 'device.method.disconnectAll'],
    'lets calls come during a call, and taking one ends the other',
    () =>
      withPair(
        office(),
        async (pair) => {
          await talk(pair);
          const carol = await office().alice();
          await carol.device(await office().vendorToken('carol'));
          await carol.call({ params: { To: 'bob' } });
          await expect
            .poll(
              async () =>
                (await pair.bob.events('device')).filter((name) => name === 'incoming').length,
            )
            .toBe(2);
          await pair.bob.run(
            (events) => {
              window.stage.note('second', window.stage.call, events);
              window.stage.call.accept();
            },
            [...CALL_EVENTS],
          );
          await Promise.all([
            carol.until('call', 'accept'),
            pair.alice.until('call', 'disconnect'),
          ]);
          await pair.bob.run(() => window.stage.device.disconnectAll());
          await carol.until('call', 'disconnect');
          expect(await pair.bob.run(() => window.stage.device.isBusy)).toBe(false);
          await carol.close();
        },
        {},
        { allowIncomingWhileBusy: true },
      ),
  );
});

const failures = rows((surface, office: () => TwilioOffice) => {
  surface.row(
    'call.event.error',
    'comes with the code of what went wrong, then the end',
    async () => {
      const rejecting = await office().office.application(
        'twilio',
        '<Response><Reject reason="busy"/></Response>',
      );
      const alice = await office().alice();
      const token = await office().office.token('alice', rejecting);
      await alice.device(token, { enableImprovedSignalingErrorPrecision: true });
      await alice.call();
      await alice.until('call', 'disconnect');
      expect(await alice.events('call')).toEqual(['error', 'disconnect']);
      const [error] = await alice.told('call');
      expect(error?.values).toEqual([{ name: 'BusyHere', code: 31486 }]);

      await alice.run(() => {
        window.stage.device.updateOptions({
          getUserMedia: () => Promise.reject(new DOMException('no', 'NotAllowedError')),
        });
      });
      const denied = await alice.run(
        async (events) => {
          const call = await window.stage.device.connect();
          window.stage.note('denied', call, events);
          await window.stage.until('denied', 'error');
          return call.status();
        },
        [...CALL_EVENTS],
      );
      expect(denied).toBe('closed');
      expect(await alice.events('denied')).toEqual(['disconnect', 'error']);
      const values = (await alice.told('denied')).at(-1)?.values;
      expect(values).toEqual([{ name: 'PermissionDeniedError', code: 31401 }]);
      await alice.close();
    },
  );
  surface.row(
    'call.method.sendDigits',
    'refuses what is no key, and the keys reach the other end',
    () =>
      withPair(office(), async (pair) => {
        await talk(pair);
        const refused = await pair.alice.run(() => {
          try {
            window.stage.call.sendDigits('12x');
            return '';
          } catch (error) {
            return (error as Error).name;
          }
        });
        expect(refused).toBe('InvalidArgumentError');
      }),
  );
});
