/** Wishes for the microphone as pages of the vendor still write them: lists of options with a browser's prefix. */

/** `[{googAutoGainControl: true}]` as browsers know it today: `{autoGainControl: true}`. */
export function modern(constraints: MediaTrackConstraints): MediaTrackConstraints {
  const { optional, mandatory, ...plain } = constraints as Record<string, unknown>;
  const old = [...(Array.isArray(optional) ? optional : []), mandatory];
  const renamed = old
    .filter((each) => typeof each === 'object' && each !== null)
    .flatMap((each) => Object.entries(each as Record<string, unknown>))
    .map(([name, value]) => [today(name), value]);
  return { ...Object.fromEntries(renamed), ...plain };
}

function today(name: string): string {
  const bare = name.replace(/^goog/, '').replace(/2$/, '');
  return bare.charAt(0).toLowerCase() + bare.slice(1);
}
