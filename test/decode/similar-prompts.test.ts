/** Which prompts of a batch are read together. */
import { expect, test } from 'vitest';
import type { SearchRequest } from '../../src/decode/search/request.ts';
import { similarPrompts } from '../../src/decode/search/search.ts';

test('a long prompt is not read beside much shorter ones, which would be padded to its length', () => {
  const requests = [8, 1000, 500, 499, 136, 137, 7].map((promptLength) => {
    return { settings: { promptLength } as SearchRequest['settings'] };
  });
  const lengths = similarPrompts(requests).map((group) => group.map(({ settings }) => settings.promptLength));
  expect(lengths).toEqual([[1000, 500], [499], [137, 136], [8, 7]]);
});
