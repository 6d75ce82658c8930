/** What the SDK takes for a frame, and what it sends for one, against the schema that both sides share. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../../scripts/tables.mjs';
import { byteLength, parse } from '../../src/core/parse.js';
import { atBounds, changed, changes, DEFS, placesIn, schema, valid } from './schema-values.js';

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(schema, 'frames');
const fromServer = ajv.compile({ $ref: 'frames#/server' });

const TYPES = (schema.server.oneOf as { $ref: string }[]).map(({ $ref }) => $ref.split('/').at(-1));

/** Thousands of frames: a second of work, and more where other programs have the processors. */
const SLOW_MS = 60_000;
const of = (type: string | undefined): fc.Arbitrary<unknown> => valid({ $ref: `#/$defs/${type}` });
const frames = fc.oneof(...TYPES.map(of));

describe('frames of the server', () => {
  test('every type of the schema is known', () => {
    for (const type of TYPES) expect(parse(JSON.stringify({ type }))).toEqual({ bad: 'bad-frame' });
  });

  test('the SDK takes what the schema allows', { timeout: SLOW_MS }, () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const text = JSON.stringify(frame);
        expect(fromServer(JSON.parse(text)), JSON.stringify(fromServer.errors)).toBe(true);
        expect(parse(text)).toEqual({ frame: JSON.parse(text) });
      }),
      { numRuns: 1_000 },
    );
  });

  test('the SDK takes a changed frame exactly where the schema allows it', {
    timeout: SLOW_MS,
  }, () => {
    const counted = { good: 0, bad: 0 };
    fc.assert(
      fc.property(frames, changes(), fc.nat(), (frame, change, at) => {
        const places = [...placesIn(frame)].map(([way]) => way);
        const place = places[at % places.length] as readonly string[];
        const text = JSON.stringify(changed(frame, place, change));
        const isFrame = fromServer(JSON.parse(text));
        expect('frame' in parse(text), `${place.join('.')}: ${text.slice(0, 500)}`).toBe(isFrame);
        counted[isFrame ? 'good' : 'bad'] += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(counted.good).toBeGreaterThan(50);
    expect(counted.bad).toBeGreaterThan(500);
  });

  test.each(TYPES)('every bound of `%s` is that of the schema', { timeout: SLOW_MS }, (type) => {
    const bounds = atBounds();
    const differs = (text: string): boolean =>
      'frame' in parse(text) !== fromServer(JSON.parse(text));
    // Every change is made in a text of its own, so that the texts have to be short.
    const short = of(type).filter((frame) => JSON.stringify(frame).length < 4_000);
    fc.assert(
      fc.property(short, (frame) => {
        const odd = [...placesIn(frame)].flatMap(([place, old]) =>
          bounds(old)
            .map((value) => JSON.stringify(changed(frame, place, () => value)))
            .filter(differs),
        );
        expect(odd.map((text) => text.slice(0, 500))).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  test('a text is measured in code points, as the server measures it', () => {
    const ended = { type: 'ended', seq: 1, call: 'c', cause: 'normal', by: 'peer' };
    const taken = (message: string): boolean =>
      'frame' in parse(JSON.stringify({ ...ended, message }));
    expect(taken('\u{1f600}'.repeat(1_024))).toBe(true);
    expect(taken('\u{1f600}'.repeat(1_025))).toBe(false);
  });

  test('details of `dial-ended` are checked, those of other events are free', () => {
    const notice = (event: string, details?: object): boolean =>
      'frame' in parse(JSON.stringify({ type: 'notice', seq: 1, call: 'c', event, details }));
    const details = { answered: true, cause: 'normal', by: 'callee', message: 'm' };
    expect(notice('dial-ended', details)).toBe(true);
    expect(notice('dial-ended', { ...details, by: 'peer' })).toBe(false);
    expect(notice('dial-ended')).toBe(false);
    expect(notice('other', { by: 'peer' })).toBe(true);
  });

  test('a schema beyond the part that the generator knows is refused', () => {
    const source = (part: object): string =>
      JSON.stringify({ ...schema, $defs: { ...DEFS, line: { type: 'string', ...part } } });
    for (const { make } of TABLES.filter(({ from }) => from.endsWith('.schema.json'))) {
      expect(() => make(source({ maxLength: 5 }))).not.toThrow();
      expect(() => make(source({ format: 'uri' }))).toThrow('does not know `format`');
    }
  });

  test('a welcome is read with its party and its ICE servers', () => {
    const welcome = {
      type: 'welcome',
      link: 'l',
      key: 'k',
      party: { name: 'a', account: 'b', outgoing: true, incoming: false, expires_at: 5 },
      heartbeat_s: 15,
      resume_s: 60,
      ice_servers: [{ urls: ['stun:x'], username: 'u', credential: 'c' }],
      resumed: false,
      received: 0,
    };
    expect(fromServer(welcome)).toBe(true);
    expect(parse(JSON.stringify(welcome))).toEqual({ frame: welcome });
    const odd = [{ heartbeat_s: 0 }, { party: {} }, { ice_servers: [{}] }, { received: -1 }];
    for (const change of odd) {
      expect(fromServer({ ...welcome, ...change })).toBe(false);
      expect(parse(JSON.stringify({ ...welcome, ...change }))).toEqual({ bad: 'bad-frame' });
    }
  });
});

test('bytes are counted as UTF-8 does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(byteLength(text)).toBe(Buffer.byteLength(text));
    }),
  );
});
