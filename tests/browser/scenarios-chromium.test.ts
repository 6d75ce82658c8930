/** The scenes of every API in Chromium. */
import { chromium } from './browsers.js';
import { cells } from './scenarios/cells.js';

cells(() => chromium({ hz: 620 }));
