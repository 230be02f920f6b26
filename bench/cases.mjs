import { readFileSync } from 'node:fs';

const spec = JSON.parse(readFileSync(new URL('./cases.json', import.meta.url), 'utf8'));

/** Every case of cases.json, with its model's description in place of the model's name. */
export const cases = spec.cases.map((one) => ({ ...one, modelName: one.model, model: spec.models[one.model] }));

/** The case of this name. */
export function findCase(name) {
  const found = cases.find((one) => one.name === name);
  if (!found) throw new Error(`no case "${name}": choose from ${cases.map((one) => one.name).join(', ')}`);
  return found;
}

/** Cases asked for by name, by model or by mode; all of them for an empty list. */
export function chooseCases(words) {
  const matches = (one, word) => [one.name, one.modelName, one.mode].includes(word);
  for (const word of words) if (!cases.some((one) => matches(one, word))) findCase(word);
  return words.length === 0 ? cases : cases.filter((one) => words.some((word) => matches(one, word)));
}
