export const byId = <T extends Element = HTMLElement>(id: string) => document.getElementById(id) as unknown as T;

/** A new element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The value of a slider, which its output shows. */
export function slider(id: string, changed: () => void = () => {}): () => number {
  const input = byId<HTMLInputElement>(id);
  const show = () => {
    byId(`${id}-shown`).textContent = input.value;
  };
  input.addEventListener('input', () => {
    show();
    changed();
  });
  show();
  return () => Number(input.value);
}

/** Lets the page be drawn. */
export const drawn = () => new Promise<void>((later) => requestAnimationFrame(() => setTimeout(later)));
