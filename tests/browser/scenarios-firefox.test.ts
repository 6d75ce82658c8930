/** The scenes of every API in Firefox. */
import { firefox } from './browsers.js';
import { cells } from './scenarios/cells.js';

cells(() => firefox({ hz: 620 }));
