/** The vendor's first generation, row by row, as far as no browser is needed. */
import { Surface } from '../surface.js';
import { still } from './rows/client-still.js';
import { clientRegistering } from './rows/registering.js';

const surface = new Surface('twilio-client.toml');
still(surface);
clientRegistering(surface);
surface.completeWithoutBrowser();
