// Put into every script: the folder that it came from. Not so into modules, which know it by themselves.
const src = globalThis.document?.currentScript?.src;

/** With a slash at its end; whoever runs the script as text has the pieces beside the page. */
export const SCRIPT_FOLDER = src ? new URL('.', src).href : './';
