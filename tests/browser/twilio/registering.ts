/** Rows about a device's life: registering, its token, its options. */
import { expect } from 'vitest';
import { once, rows } from '../surface.js';
import { type Desk, signed, type TwilioOffice } from './office.js';

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
  surface.row(
    ['device.event.error', 'device.option.enableImprovedSignalingErrorPrecision'],
    'name what is wrong with a token, as precisely as is wanted',
    () =>
      inPage(office(), async (desk) => {
        const now = Math.floor(Date.now() / 1_000);
        const good = await office().vendorToken('alice');
        const old = { iat: now - 7_200, exp: now - 3_600 };
        const [head = '', body = ''] = good.split('.');
        const cases = {
          none: 'none',
          forged: `${head}.${body}.${signed({}, {}, 'guessed').split('.')[2]}`,
          expired: await office().vendorToken('alice', old),
          long: await office().vendorToken('alice', { exp: now + 400_000 }),
        };
        const codes: Record<string, unknown> = {};
        for (const [name, token] of Object.entries(cases)) {
          for (const precise of [false, true]) {
            codes[`${name} ${precise}`] = await desk.run(
              async (given, wanted) => {
                const options = {
                  logLevel: 'silent',
                  enableImprovedSignalingErrorPrecision: wanted,
                };
                const device = new window.Twilio.Device(given, options);
                const told = new Promise<number>((tell) => {
                  device.on('error', (error: { code: number }) => tell(error.code));
                });
                const thrown = await device
                  .register()
                  .catch((error: { code: number }) => error.code);
                const both = [await told, thrown, device.state];
                device.destroy();
                return both;
              },
              token,
              precise,
            );
          }
        }
        expect(codes).toEqual({
          'none false': [20101, 20101, 'unregistered'],
          'none true': [20101, 20101, 'unregistered'],
          'forged false': [20101, 20101, 'unregistered'],
          'forged true': [31202, 31202, 'unregistered'],
          'expired false': [20104, 20104, 'unregistered'],
          'expired true': [20104, 20104, 'unregistered'],
          'long false': [53000, 53000, 'unregistered'],
          'long true': [31207, 31207, 'unregistered'],
        });
      }),
  );
});

const places = rows((surface, office: () => TwilioOffice) => {
  surface.row('device.option.edge', 'is a host name, or several in their order', () =>
    inPage(office(), async (desk) => {
      const host = new URL(office().url).host;
      await desk.device(await office().token('alice'), { edge: ['localhost:9', host] });
      await desk.register();
      expect(await desk.run(() => window.stage.device.edge)).toBe('roaming');
    }),
  );
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
