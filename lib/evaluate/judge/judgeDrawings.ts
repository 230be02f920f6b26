import type { WorldConcept } from '../../data/concepts.js';
import { type Family, HELD_OUT_FAMILIES } from '../../data/families.js';
import { readJson } from '../../runs/files.js';
import { projectPath } from '../../runs/paths.js';

/**
 * Families that only the judge sees: Firefox OS's emoji and Streamline's. Three drawings of a thing are too few to know a
 * fourth artist's; they are no families of the world, since they lack a third of its concepts.
 */
const MORE_FAMILIES = ['fxemoji', 'streamline-emojis'];

/** Whose drawings the judge learns from; no generator sees any of them. */
export const JUDGE_FAMILIES: readonly Family[] = [...HELD_OUT_FAMILIES, ...(MORE_FAMILIES as Family[])];

/** Concepts with their icons in the further families too (data/world/judge-icons.json), where these have them. */
export function withJudgeIcons(concepts: readonly WorldConcept[]): WorldConcept[] {
  const more = readJson<Record<string, WorldConcept['icons']>>(projectPath('data', 'world', 'judge-icons.json'));
  return concepts.map((concept) => ({ ...concept, icons: { ...concept.icons, ...more[concept.name] } }));
}
