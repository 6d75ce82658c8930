/** The vendor's second generation, row by row, as far as no browser is needed. */
import { Surface } from '../surface.js';
import { endings } from './rows/endings.js';
import { registering } from './rows/registering.js';
import { still } from './rows/still.js';

const surface = new Surface('twilio.toml');
still(surface);
registering(surface);
endings(surface);
surface.completeWithoutBrowser();
