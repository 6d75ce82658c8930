/** Rows about a device's life: registering, its token, its options. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import type { Desk, TwilioOffice } from './office.js';

/** Declares them. */
export const registering = rows((surface, office: () => TwilioOffice) => {
  life(surface, office);
  tokens(surface, office);
  places(surface, office);
});

async function inPage<Result>(
  office: TwilioOffice,
  what: (desk: Desk) => Promise<Result>,
): Promise<Result> {
  const desk = await office.alice();
  try {
    return await what(desk);
  } finally {
    await desk.close();
  }
}

const life = rows((surface, office: () => TwilioOffice) => {
  const lived = once(() =>
    inPage(office(), async (desk) => {
      await desk.device(await office().vendorToken('alice'));
      const twice = await desk.run(async () => {
        const { device } = window.stage;
        const first = device.register();
        const second = await device.register().catch((error: Error) => error.name);
        await first;
        return second;
      });
      const facts = await desk.run(() => {
        const { edge, home, identity, state, token, isBusy } = window.stage.device;
        return { edge, home, identity, state, isBusy, token: typeof token };
      });
      const wrong = await desk.run(async () => {
        const { device } = window.stage;
        await device.unregister();
        const again = await device.unregister().catch((error: Error) => error.name);
        await device.register();
        device.destroy();
        const names = [again];
        for (const deed of [
          () => device.connect(),
          () => device.register(),
          async () => device.updateOptions({}),
          async () => device.updateToken('x'),
        ]) {
          await deed().then(
            () => names.push('done'),
            (error: Error) => names.push(error.name),
          );
        }
        return { names, audio: device.audio, state: device.state };
      });
      return { twice, facts, wrong, events: await desk.events('device') };
    }),
  );
  surface.row(
    ['device.method.register', 'device.method.unregister', 'device.method.destroy'],
    'do so once, in their states only',
    async () => {
      const { twice, wrong } = await lived();
      expect(twice).toBe('InvalidStateError');
      expect(wrong.names).toEqual(Array(5).fill('InvalidStateError'));
      expect(wrong.state).toBe('destroyed');
    },
  );
  surface.row(
    [
      'device.event.registering',
      'device.event.registered',
      'device.event.unregistered',
      'device.event.destroyed',
    ],
    'come in the vendor’s order',
    async () => {
      expect((await lived()).events).toEqual([
        'registering',
        'registered',
        'unregistered',
        'registering',
        'registered',
        'unregistered',
        'destroyed',
      ]);
    },
  );
  surface.row(
    ['edge', 'home', 'identity', 'state', 'token'].map((name) => `device.property.${name}`),
    'are filled by the connection, with a token of the vendor’s own kind',
    async () => {
      expect((await lived()).facts).toEqual({
        edge: 'roaming',
        home: 'roaming',
        identity: 'alice',
        state: 'registered',
        isBusy: false,
        token: 'string',
      });
    },
  );
});

const tokens = rows((surface, office: () => TwilioOffice) => {
  surface.row(
    ['device.event.tokenWillExpire', 'device.option.tokenRefreshMs', 'device.method.updateToken'],
    'is emitted in time, and a new token keeps the device registered',
    () =>
      inPage(office(), async (desk) => {
        const [short, long] = [await office().token('alice', 60), await office().token('alice')];
        await desk.device(short, { tokenRefreshMs: 59_000 });
        await desk.run((fresh) => {
          window.stage.device.on('tokenWillExpire', (device: typeof window.stage.device) =>
            device.updateToken(fresh),
          );
        }, long);
        await desk.register();
        const { values } = await desk.until('device', 'tokenWillExpire', 5_000);
        expect(values).toEqual(['[Twilio.Device instance]']);
        const now = await desk.run(() => {
          const { device } = window.stage;
          let refused = '';
          try {
            device.updateToken(1 as never);
          } catch (error) {
            refused = (error as Error).name;
          }
          return { state: device.state, token: device.token, refused };
        });
        expect(now).toEqual({ state: 'registered', token: long, refused: 'InvalidArgumentError' });
      }),
  );
});

const places = rows((surface, office: () => TwilioOffice) => {
  surface.row(
    [
      'device.method.updateOptions',
      'device.option.appName',
      'device.option.appVersion',
      'device.option.maxCallSignalingTimeoutMs',
      'device.option.forceAggressiveIceNomination',
    ],
    'take effect between calls, and the registration holds',
    () =>
      inPage(office(), async (desk) => {
        await desk.device(await office().token('alice'), { appName: 'a', appVersion: '1' });
        await desk.register();
        await desk.run(async () => {
          const { device } = window.stage;
          device.updateOptions({
            maxCallSignalingTimeoutMs: 30_000,
            forceAggressiveIceNomination: true,
          });
          device.updateOptions({ dscp: false });
        });
        await expect
          .poll(() => desk.run(() => window.stage.device.state), { timeout: 5_000 })
          .toBe('registered');
        expect(await desk.events('device')).toEqual([
          'registering',
          'registered',
          'unregistered',
          'registering',
          'registered',
        ]);
      }),
  );
});
