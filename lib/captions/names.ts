const IRREGULAR: Readonly<Record<string, string>> = {
  man: 'men',
  woman: 'women',
  person: 'people',
  child: 'children',
  mouse: 'mice',
  goose: 'geese',
  foot: 'feet',
  tooth: 'teeth',
  cactus: 'cacti',
  octopus: 'octopi',
};

/** The words of a text in lower case: runs of letters and digits, so that "T-shirt" is "t", "shirt". */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A word and the plurals that English spelling allows for it. */
export function formsOf(word: string): string[] {
  const forms = [word, `${word}s`];
  if (/(s|x|z|ch|sh|o)$/.test(word)) forms.push(`${word}es`);
  if (/[^aeiou]y$/.test(word)) forms.push(`${word.slice(0, -1)}ies`);
  if (word.endsWith('f')) forms.push(`${word.slice(0, -1)}ves`);
  if (word.endsWith('fe')) forms.push(`${word.slice(0, -2)}ves`);
  if (Object.hasOwn(IRREGULAR, word)) forms.push(IRREGULAR[word]);
  return forms;
}

function sameWord(a: string, b: string): boolean {
  return formsOf(a).includes(b) || formsOf(b).includes(a);
}

/**
 * Whether a caption names a thing: the words of its name (or of a synonym) stand in it one after another, singular or
 * plural. A word match, so a metaphor counts and a paraphrase does not.
 */
export function captionNames(caption: string, name: string, synonyms: readonly string[] = []): boolean {
  const words = wordsOf(caption);
  return [name, ...synonyms].some((phrase) => {
    const wanted = wordsOf(phrase);
    if (wanted.length === 0) return false;
    return words.some((_, start) =>
      wanted.every((word, i) => start + i < words.length && sameWord(word, words[start + i])),
    );
  });
}
