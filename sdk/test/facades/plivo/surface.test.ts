/** The vendor's page, row by row, as far as no browser is needed. */
import { Surface } from '../surface.js';
import { endings } from './rows/endings.js';
import { login } from './rows/login.js';

const surface = new Surface('plivo.toml');
login(surface);
endings(surface);
surface.completeWithoutBrowser();
