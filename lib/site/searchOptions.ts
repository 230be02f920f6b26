/** How the index is made, and read again by the page. */
export const SEARCH_OPTIONS = {
  fields: ['title', 'section', 'text'],
  storeFields: ['title', 'section'],
  searchOptions: { boost: { title: 4, section: 3 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' as const },
};
