/** The small parts: emitter, logger, ids, parameters, places, options. */
import { describe, expect, test, vi } from 'vitest';
import { EventEmitter } from '../../../src/facades/shared/event-emitter.js';
import { serverUrls } from '../../../src/facades/twilio/connection.js';
import { LeveledLogger } from '../../../src/facades/twilio/logger.js';
import { bitrateOf, codecsOf } from '../../../src/facades/twilio/options.js';
import {
  accountSid,
  connectToken,
  dialTarget,
  messageSid,
  parametersOf,
  readConnectToken,
  temporarySid,
} from '../../../src/facades/twilio/params.js';

describe('an emitter', () => {
  test('calls listeners in their order, those for one time once', () => {
    const emitter = new EventEmitter();
    const emitted: string[] = [];
    emitter.on('a', (value) => emitted.push(`second ${value}`));
    emitter.once('a', () => emitted.push('once'));
    emitter.prependListener('a', () => emitted.push('first'));
    expect(emitter.emit('a', 1)).toBe(true);
    emitter.emit('a', 2);
    expect(emitted).toEqual(['first', 'second 1', 'once', 'first', 'second 2']);
    expect(emitter.listenerCount('a')).toBe(2);
    expect(emitter.emit('b')).toBe(false);
  });

  test('takes listeners back, the last of equal ones first', () => {
    const emitter = new EventEmitter();
    const listener = vi.fn();
    emitter.on('a', listener).on('a', listener).on('b', listener);
    emitter.removeListener('a', listener);
    expect(emitter.listeners('a')).toEqual([listener]);
    emitter.removeAllListeners('a');
    expect(emitter.eventNames()).toEqual(['b']);
    emitter.removeAllListeners();
    expect(emitter.eventNames()).toEqual([]);
  });

  test('refuses a listener that is no function', () => {
    expect(() => new EventEmitter().on('a', 'b' as never)).toThrow(TypeError);
  });
});

describe('a logger', () => {
  test('writes from its level on, wherever the page wants it', () => {
    const logger = new LeveledLogger('test');
    const written: unknown[] = [];
    logger.methodFactory = (method) => (line) => void written.push(`${method} ${String(line)}`);
    logger.setDefaultLevel('warn');
    logger.info('quiet');
    logger.warn('loud');
    logger.setLevel(0);
    logger.setDefaultLevel('error');
    logger.trace('all');
    expect(logger.getLevel()).toBe(0);
    logger.resetLevel();
    expect(logger.getLevel()).toBe(4);
    logger.disableAll();
    logger.error('nothing');
    expect(written).toEqual(['warn loud', 'trace all']);
    expect(() => logger.setLevel('shout')).toThrow(TypeError);
  });
});

describe('ids', () => {
  test('of an account are those of the webhooks', () => {
    // As the server's dialect spells them: a number of base 36 in 128 bits, or the 32 digits themselves.
    expect(accountSid('MA0123456789ABCDEFGHIJ')).toBe('AC00000000234264cb9466cc68b2e2f3ab');
    const digits = '0123456789abcdef0123456789abcdef';
    expect(accountSid(`MA${digits}`)).toBe(`AC${digits}`);
  });

  test('of our own making have the vendor’s form', () => {
    expect(temporarySid()).toMatch(
      /^TJS[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(messageSid()).toMatch(/^KX[0-9a-f]{32}$/);
    expect(temporarySid()).not.toBe(temporarySid());
  });
});

describe('parameters', () => {
  const facts = { id: 'c0ffee', from: 'client:alice', to: 'client:bob', account: 'MA1' };

  test('are escaped so that the vendor’s reader takes them apart again', () => {
    const sent = { plain: 'a b', 'odd+name': 'x=1&y+2%', 名: '値' };
    const { Params = '', ...rest } = parametersOf({ ...facts, parameters: sent });
    expect(rest).toMatchObject({ CallSid: 'CAc0ffee', From: 'client:alice', To: 'client:bob' });
    // The vendor's rule: split at `&`, then at the first `=`; only values are decoded, `+` is a blank.
    const read = Params.split('&').map((pair) => {
      const at = pair.indexOf('=');
      const value = decodeURIComponent(pair.slice(at + 1).replaceAll('+', ' '));
      return [pair.slice(0, at), value];
    });
    expect(Object.fromEntries(read)).toEqual(sent);
  });

  test('that are none leave no trace', () => {
    expect(parametersOf({ ...facts, parameters: {} })).not.toHaveProperty('Params');
  });

  test('name the target, and carry the rest', () => {
    const custom = new Map([
      ['To', '+15551230000'],
      ['shoe', 'left'],
    ]);
    expect(dialTarget(custom)).toEqual({ to: '+15551230000', parameters: { shoe: 'left' } });
    expect(dialTarget(new Map())).toEqual({ to: '', parameters: {} });
  });

  test('of a connect token survive it', () => {
    const said = { customParameters: { a: 'ü' }, parameters: { CallSid: 'CA1' } };
    expect(readConnectToken(connectToken(said))).toMatchObject(said);
    expect(readConnectToken('none')).toBeUndefined();
    expect(readConnectToken(btoa('%7B%7D'))).toBeUndefined();
  });
});

describe('the server', () => {
  test.each([
    [{ server: 'https://calls.example', edge: 'other.example' }, ['https://calls.example']],
    [{ edge: 'calls.example' }, ['https://calls.example']],
    [{ edge: ['a.example:8443', 'b.example'] }, ['https://a.example:8443', 'https://b.example']],
    [{ edge: 'localhost:8080' }, ['http://localhost:8080']],
    [{ edge: 'http://127.0.0.1:8080' }, ['http://127.0.0.1:8080']],
    [{ edge: ['ashburn', 'roaming'] }, [undefined]],
    [{}, [undefined]],
  ])('of %j is %j', (said, found) => {
    expect(serverUrls(said)).toEqual(found);
  });
});

test('codecs and bitrates that make no sense are passed over', () => {
  expect(codecsOf(undefined)).toEqual(['PCMU', 'opus']);
  expect(codecsOf(['opus', 'speex'])).toEqual(['opus']);
  expect(codecsOf([])).toEqual(['PCMU', 'opus']);
  expect([5_999, 6_000, 510_000, 510_001, undefined].map(bitrateOf)).toEqual([
    undefined,
    6_000,
    510_000,
    undefined,
    undefined,
  ]);
});
