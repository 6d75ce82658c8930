/** Finds the page's elements, with an error that names a missing one. */

/** The element of that id. */
export function byId<Wanted extends HTMLElement>(id: string, kind: new () => Wanted): Wanted {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} called ${id}`);
}

/** The first element within `parent` that the selector fits. */
export function within<Wanted extends Element>(
  parent: ParentNode,
  selector: string,
  kind: new () => Wanted,
): Wanted {
  const found = parent.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} for ${selector}`);
}

/** A new copy of what a template holds. */
export function copyOf(template: string): HTMLElement {
  const copy = byId(template, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (copy instanceof HTMLElement) return copy;
  throw new Error(`the template ${template} is empty`);
}
