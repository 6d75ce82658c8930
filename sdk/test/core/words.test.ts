/** The tables of errors and causes, the call's states, and what listeners and logs get. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test, vi } from 'vitest';
import { TABLES, written } from '../../scripts/tables.mjs';
import { after, type CallEvent, type CallState } from '../../src/core/call-state.js';
import { freshId } from '../../src/core/clock.js';
import { Emitter } from '../../src/core/emitter.js';
import { ERRORS } from '../../src/core/error-table.js';
import { ending, OffhookError } from '../../src/core/errors.js';
import { Log } from '../../src/core/log.js';

const root = new URL('../../../', import.meta.url);

describe('tables', () => {
  test.each(TABLES.map((table) => [table.to, table] as const))('%s is up to date', (to, table) => {
    const kept = readFileSync(new URL(to, root), 'utf8');
    expect(kept, 'run `npm run tables -w sdk`').toBe(written(table));
  });

  test('every refusal of a log-in and of a frame is among them', () => {
    const spec = parse(readFileSync(new URL('spec/errors.toml', root), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
    const needed = Object.keys(spec).filter((code) => spec[code]?.denied || spec[code]?.link);
    expect(needed.length).toBeGreaterThan(15);
    const table = readFileSync(new URL('sdk/src/core/error-table.ts', root), 'utf8');
    for (const code of needed) {
      if (spec[code]?.page) expect(ERRORS).toHaveProperty([code]);
      else expect(table).toContain(`| '${code}'`);
    }
  });
});

describe('errors', () => {
  test('carry a sentence and a hint, also when the server is newer than the SDK', () => {
    expect(new OffhookError('no-reply').hint).toContain('Try again');
    const odd = new OffhookError('toString');
    expect(odd.message).toContain('`toString`');
    expect(odd.hint).not.toBe('');
  });

  test('of the server keep its message', () => {
    const words = { message: 'Ten are up.', hint: 'End one first.' };
    expect(new OffhookError('too-many-calls', words)).toMatchObject(words);
  });

  test('endings keep what the server sent, and complete the rest', () => {
    expect(ending('busy', 'peer')).toMatchObject({ sip: 486, q850: 17, by: 'peer' });
    expect(ending('brand-new', 'server', { message: 'New.', sip: 500 })).toEqual({
      cause: 'brand-new',
      by: 'server',
      message: 'New.',
      sip: 500,
      q850: 41,
    });
  });
});

describe('the states of a call', () => {
  const events: CallEvent[] = ['rang', 'answered', 'accepted', 'accept-failed', 'ignored', 'ended'];

  test('nothing happens after the end, and every call can end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), fc.boolean(), (list, incoming) => {
        let state: CallState = incoming ? 'incoming' : 'dialing';
        for (const event of list) {
          const next: CallState | undefined = after(state, event);
          if (state === 'ended') expect(next).toBeUndefined();
          state = next ?? state;
        }
        expect(state === 'ended' || after(state, 'ended') === 'ended').toBe(true);
      }),
    );
  });

  test('an outgoing call cannot be accepted, an incoming one cannot ring remotely', () => {
    expect(after('dialing', 'accepted')).toBeUndefined();
    expect(after('incoming', 'rang')).toBeUndefined();
    expect(after('ignored', 'accepted')).toBe('answering');
  });
});

describe('events', () => {
  class Bell extends Emitter<{ ring: number }> {
    ring(times: number): void {
      this.emit('ring', times);
    }
  }

  test('reach the present listeners, once for `once`', () => {
    const bell = new Bell();
    const rings: string[] = [];
    const stop = bell.on('ring', (times) => rings.push(`a${times}`));
    bell.once('ring', (times) => rings.push(`b${times}`));
    bell.ring(1);
    stop();
    bell.ring(2);
    expect(rings).toEqual(['a1', 'b1']);
    expect(bell.hasListeners('ring')).toBe(false);
  });

  test('a listener that throws does not affect the others, and its error surfaces', async () => {
    const surfaced = vi.fn();
    process.once('unhandledRejection', surfaced);
    const bell = new Bell();
    const rings: number[] = [];
    bell.on('ring', () => {
      throw new Error('mine');
    });
    bell.on('ring', (times) => rings.push(times));
    bell.ring(3);
    expect(rings).toEqual([3]);
    await new Promise((done) => setImmediate(done));
    expect(surfaced).toHaveBeenCalledOnce();
  });
});

test('log lines below the level are dropped', () => {
  const lines: unknown[] = [];
  const log = new Log((...line) => lines.push(line), 'info');
  log.debug('audio.played');
  log.warn('offer.failed', { step: 'apply' });
  expect(lines).toEqual([['warn', 'offer.failed', { step: 'apply' }]]);
});

test('fresh ids are of the letters that the link allows', () => {
  expect(freshId(Math.random)).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(freshId(() => 0.999_999_9)).toBe('_'.repeat(22));
});
