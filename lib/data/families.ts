import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getIconData, iconToHTML, iconToSVG } from '@iconify/utils';
import { InputError } from '../errors.js';

/**
 * The emoji families: seven sets of drawings of the same things, each by one house of artists, taken from
 * `@iconify-json/<family>`. Authors and licences are in NOTICE.
 */
export const FAMILIES = [
  'noto',
  'twemoji',
  'emojione',
  'emojione-v1',
  'fluent-emoji-flat',
  'noto-v1',
  'openmoji',
] as const;
export type Family = (typeof FAMILIES)[number];

/** What the text-to-image model is trained on: the miniature's LAION. */
export const GENERATOR_FAMILIES: readonly Family[] = ['noto', 'twemoji', 'emojione', 'emojione-v1'];

/**
 * What counts as real, never shown to the generator: the miniature's ImageNet.
 * `noto-v1` is an older, separate drawing by the house that made `noto`; the other two share no artist with
 * the generator's families.
 */
export const HELD_OUT_FAMILIES: readonly Family[] = ['fluent-emoji-flat', 'noto-v1', 'openmoji'];

export interface FamilyIcons {
  readonly family: Family;
  /** Version of the npm package the drawings come from. */
  readonly version: string;
  /** The drawing's SVG document. */
  svg(icon: string): string;
}

/** Opens a family's package. Throws InputError where the package is not installed. */
export function openFamily(family: Family): FamilyIcons {
  const require = createRequire(import.meta.url);
  const read = <T>(file: string): T => {
    try {
      return JSON.parse(readFileSync(require.resolve(`@iconify-json/${family}/${file}`), 'utf8')) as T;
    } catch (error) {
      throw new InputError({
        where: `emoji family '${family}'`,
        expected: `the npm package @iconify-json/${family}`,
        found: error instanceof Error ? error.message.split('\n')[0] : String(error),
        fix: 'run npm ci in the repository',
      });
    }
  };
  // Megabytes of JSON: read when a drawing is first asked for, so not at all where sprites come from the cache.
  let icons: Parameters<typeof getIconData>[0] | undefined;
  const { version } = read<{ version: string }>('package.json');
  return {
    family,
    version,
    svg(icon) {
      icons ??= read<Parameters<typeof getIconData>[0]>('icons.json');
      const data = getIconData(icons, icon);
      if (!data) {
        throw new InputError({
          where: `emoji family '${family}'`,
          expected: `an icon or alias of @iconify-json/${family} ${version}`,
          found: `'${icon}'`,
          fix: 'mend the entry in data/world/concepts.json',
        });
      }
      const { attributes, body } = iconToSVG(data, { height: 'unset', width: 'unset' });
      return iconToHTML(body, attributes);
    },
  };
}
