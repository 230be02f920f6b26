/**
 * WordNet's nouns from the text of its files data.noun, index.noun and index.sense (format: wndb(5WN), senseidx(5WN)).
 * Ids are those of ImageNet: `n` and the eight-digit offset in data.noun, which identify a synset in version 3.0 only.
 */
export function readNouns({ data, index, sense }) {
  const synsets = new Map();
  for (const line of data.split('\n')) {
    if (line === '' || line.startsWith(' ')) continue;
    const fields = line.slice(0, line.indexOf(' | ')).split(' ');
    const words = Number.parseInt(fields[3], 16);
    const lemmas = Array.from({ length: words }, (_, i) => fields[4 + 2 * i].replaceAll('_', ' '));
    const at = 4 + 2 * words;
    const hypernyms = [];
    for (let i = 0; i < Number(fields[at]); i++) {
      const [symbol, target] = fields.slice(at + 1 + 4 * i);
      // @ is a kind of, @i an instance of.
      if (symbol === '@' || symbol === '@i') hypernyms.push(`n${target}`);
    }
    synsets.set(`n${fields[0]}`, { file: fields[1], lemmas, hypernyms, count: 0 });
  }
  for (const line of sense.split('\n')) {
    const [key, offset, , count] = line.split(' ');
    // Nouns are part of speech 1 in a sense key: lemma%1:…
    if (key.includes('%1:')) synsets.get(`n${offset}`).count += Number(count);
  }
  const senses = new Map();
  for (const line of index.split('\n')) {
    if (line === '' || line.startsWith(' ')) continue;
    const fields = line.trimEnd().split(' ');
    senses.set(fields[0], fields.slice(-Number(fields[2])).map((offset) => `n${offset}`));
  }
  return { synsets, senses };
}

/** The ids of a name's senses, commonest first; none if WordNet lacks it. */
export function sensesOf({ senses }, name) {
  const lower = name.toLowerCase();
  const spellings = [lower.replaceAll(' ', '_'), lower.replaceAll(' ', '-'), lower.replaceAll(' ', '')];
  return spellings.map((spelling) => senses.get(spelling)).find(Boolean) ?? [];
}

/** The id of `word.n.02`. */
export function synsetNamed({ senses }, name) {
  const [, word, number] = /^(.+)\.n\.(\d\d)$/.exec(name);
  const id = senses.get(word)?.[Number(number) - 1];
  if (!id) throw new Error(`WordNet has no ${name}`);
  return id;
}
