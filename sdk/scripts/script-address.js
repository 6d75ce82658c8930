// Put into every script: the folder that it came from. Not so into modules, which know it by themselves.
const src = globalThis.document?.currentScript?.src;

/** With a slash at its end; a script that has no folder, such as one run as text, has the pieces beside the page. */
export const SCRIPT_FOLDER = src?.match(/^[\w-]+:\/\/[^?#]*\//)?.[0] ?? './';
