/** The vendor's page, row by row, in Chromium against the real server. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { chromium } from './browsers.js';
import { audio } from './plivo/audio.js';
import { calls } from './plivo/calls.js';
import { endings } from './plivo/endings.js';
import { options } from './plivo/options.js';
import { quality } from './plivo/quality.js';
import { registering } from './plivo/registering.js';
import { sounds } from './plivo/sounds.js';
import { PlivoEnv } from './plivo/test-env.js';
import { tokens } from './plivo/tokens.js';

let env: PlivoEnv;

beforeAll(async () => {
  env = await PlivoEnv.open(() => chromium({ hz: 620 }), { apart: true });
  beginEarly();
});

afterEach(async () => {
  expect(await env.tidy()).toEqual([]);
});

afterAll(() => env?.close());

const surface = new Surface('plivo.toml');
registering(surface, () => env);
tokens(surface, () => env);
calls(surface, () => env);
endings(surface, () => env);
options(surface, () => env);
sounds(surface, () => env);
audio(surface, () => env);
quality(surface, () => env);
surface.complete();
