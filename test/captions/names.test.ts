import { describe, expect, it } from 'vitest';
import { captionNames, formsOf } from '../../lib/captions/names.js';

describe('captionNames', () => {
  it.each([
    ['Two cherries lie there.', 'cherry'],
    ['A loaf and two loaves', 'loaf'],
    ['Knives!', 'knife'],
    ['Three mice', 'mouse'],
    ['A fox watches', 'foxes'],
    ['Boxes and dishes', 'dish'],
    ['Potatoes', 'potato'],
    ['Pianos', 'piano'],
    ['a blue T-Shirt', 't shirt'],
    ["The panda's bowl", 'panda'],
    ['Red   apples', 'red apple'],
  ])('finds in "%s" the name "%s"', (caption, name) => {
    expect(captionNames(caption, name)).toBe(true);
  });

  it.each([
    ['A carpet', 'car'],
    ['An apple, red', 'red apple'],
    ['A red', 'red apple'],
    ['An owlet', 'owl'],
    ['Wares', 'war'],
    ['', 'owl'],
    ['anything', ''],
  ])('does not find in "%s" the name "%s"', (caption, name) => {
    expect(captionNames(caption, name)).toBe(false);
  });

  it('takes synonyms', () => {
    expect(captionNames('A donut', 'doughnut')).toBe(false);
    expect(captionNames('A donut', 'doughnut', ['donut'])).toBe(true);
  });

  it('knows no other words that JavaScript objects have', () => {
    expect(formsOf('constructor')).toEqual(['constructor', 'constructors']);
  });
});
