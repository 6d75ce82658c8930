/** Rows about a device's life: registering, its token, its options. */
import { expect } from 'vitest';
import { once, rows } from '../../../sdk/test/facades/surface.js';
import type { SdkPage, TwilioEnv } from './test-env.js';

/** Declares them. */
export const registering = rows((surface, env: () => TwilioEnv) => {
  life(surface, env);
  tokens(surface, env);
  places(surface, env);
});

async function inPage<Result>(
  env: TwilioEnv,
  what: (sdkPage: SdkPage) => Promise<Result>,
): Promise<Result> {
  const sdkPage = await env.alice();
  try {
    return await what(sdkPage);
  } finally {
    await sdkPage.close();
  }
}

const life = rows((surface, env: () => TwilioEnv) => {
  const lived = once(() =>
    inPage(env(), async (sdkPage) => {
      await sdkPage.device(await env().vendorToken('alice'));
      const twice = await sdkPage.run(async () => {
        const { device } = window.twilioPage;
        const first = device.register();
        const second = await device.register().catch((error: Error) => error.name);
        await first;
        return second;
      });
      const facts = await sdkPage.run(() => {
        const { edge, home, identity, state, token, isBusy } = window.twilioPage.device;
        return { edge, home, identity, state, isBusy, token: typeof token };
      });
      const wrong = await sdkPage.run(async () => {
        const { device } = window.twilioPage;
        await device.unregister();
        const again = await device.unregister().catch((error: Error) => error.name);
        await device.register();
        device.destroy();
        const names = [again];
        for (const act of [
          () => device.connect(),
          () => device.register(),
          async () => device.updateOptions({}),
          async () => device.updateToken('x'),
        ]) {
          await act().then(
            () => names.push('done'),
            (error: Error) => names.push(error.name),
          );
        }
        return { names, audio: device.audio, state: device.state };
      });
      return { twice, facts, wrong, events: await sdkPage.events('device') };
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

const tokens = rows((surface, env: () => TwilioEnv) => {
  surface.row(
    ['device.event.tokenWillExpire', 'device.option.tokenRefreshMs', 'device.method.updateToken'],
    'is emitted in time, and a new token keeps the device registered',
    () =>
      inPage(env(), async (sdkPage) => {
        const [short, long] = [await env().token('alice', 60), await env().token('alice')];
        await sdkPage.device(short, { tokenRefreshMs: 59_000 });
        await sdkPage.run((fresh) => {
          window.twilioPage.device.on(
            'tokenWillExpire',
            (device: typeof window.twilioPage.device) => device.updateToken(fresh),
          );
        }, long);
        await sdkPage.register();
        const { values } = await sdkPage.until('device', 'tokenWillExpire', 5_000);
        expect(values).toEqual(['[Twilio.Device instance]']);
        const now = await sdkPage.run(() => {
          const { device } = window.twilioPage;
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

const places = rows((surface, env: () => TwilioEnv) => {
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
      inPage(env(), async (sdkPage) => {
        await sdkPage.device(await env().token('alice'), { appName: 'a', appVersion: '1' });
        await sdkPage.register();
        await sdkPage.run(async () => {
          const { device } = window.twilioPage;
          device.updateOptions({
            maxCallSignalingTimeoutMs: 30_000,
            forceAggressiveIceNomination: true,
          });
          device.updateOptions({ dscp: false });
        });
        await expect
          .poll(() => sdkPage.run(() => window.twilioPage.device.state), { timeout: 5_000 })
          .toBe('registered');
        expect(await sdkPage.events('device')).toEqual([
          'registering',
          'registered',
          'unregistered',
          'registering',
          'registered',
        ]);
      }),
  );
});
