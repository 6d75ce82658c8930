/** The vendor's second generation, row by row, in Chromium against the real server. */
import { afterAll, beforeAll } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { audio } from './twilio/audio.js';
import { calls } from './twilio/calls.js';
import { endings } from './twilio/endings.js';
import { options } from './twilio/options.js';
import { preflight } from './twilio/preflight.js';
import { quality } from './twilio/quality.js';
import { registering } from './twilio/registering.js';
import { sounds } from './twilio/sounds.js';
import { still } from './twilio/still.js';
import { type SdkPage, TwilioEnv } from './twilio/test-env.js';

let env: TwilioEnv;
let quiet: SdkPage;

beforeAll(async () => {
  env = await TwilioEnv.open();
  quiet = await env.alice();
  beginEarly();
});

afterAll(() => env?.close());

const surface = new Surface('twilio.toml');
still(surface, () => quiet);
registering(surface, () => env);
calls(surface, () => env);
endings(surface, () => env);
options(surface, () => env);
sounds(surface, () => env);
quality(surface, () => env);
audio(surface, () => env);
preflight(surface, () => env);
surface.complete();
