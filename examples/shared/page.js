/** What the pages of all examples have in common. */

/** The element with that id. */
export const $ = (id) => document.getElementById(id);

/** Shows how things stand. @param kind - `on`, `bad` or nothing. */
export function setStatus(text, kind = '') {
  $('status').textContent = text;
  $('status').className = `status ${kind}`;
}

/** Loads the server's `twilio.js` or `plivo.js`. Returns an access token for that name. */
export async function load(sdk, name) {
  const answer = await fetch(`/token?name=${encodeURIComponent(name)}`);
  const { token, server } = await answer.json();
  const src = `${server}/sdk/${sdk}.js`;
  if (!document.querySelector(`script[src="${src}"]`)) {
    await new Promise((loaded, failed) => {
      const script = Object.assign(document.createElement('script'), { src });
      script.addEventListener('load', loaded);
      script.addEventListener('error', () => {
        script.remove();
        failed(new Error('the server does not answer'));
      });
      document.head.append(script);
    });
  }
  return token;
}
