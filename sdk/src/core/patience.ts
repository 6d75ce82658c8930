/** How long a link waits for what, in milliseconds. */

export const OPENING_MS = 10_000;
export const FIRST_WAIT_MS = 500;
/** The longest wait while there are calls to come back to, and otherwise. */
export const SOON_MS = 5_000;
export const PATIENT_MS = 12_000;
/** The server may have noticed the loss later than we did, so it decides until then. */
export const RESUME_GRACE_MS = 10_000;
