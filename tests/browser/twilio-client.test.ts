/** The vendor's first generation, row by row, in Chromium against the real server. */
import { afterAll, beforeAll } from 'vitest';
import { beginEarly, Surface } from '../../sdk/test/facades/surface.js';
import { type SdkPage, TwilioEnv } from './twilio/test-env.js';
import { calls } from './twilio-client/calls.js';
import { options } from './twilio-client/options.js';
import { still } from './twilio-client/still.js';

let env: TwilioEnv;
let quiet: SdkPage;

beforeAll(async () => {
  env = await TwilioEnv.open();
  quiet = await env.alice('twilio-client');
  beginEarly();
});

afterAll(() => env?.close());

const surface = new Surface('twilio-client.toml');
still(surface, () => quiet);
calls(surface, () => env);
options(surface, () => env);
surface.complete();
