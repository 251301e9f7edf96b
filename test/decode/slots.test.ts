/** Which slots of the cache the next tokens take. */
import { expect, test } from 'vitest';
import { BeamSearch } from '../../src/decode/search/beam.ts';
import type { SearchRequest } from '../../src/decode/search/request.ts';
import type { Sentence } from '../../src/decode/sentence.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { freeSlots, slotRowFeeds, usedSlots } from '../../src/decode/step/slots.ts';

const settings = settingsOf(
  { decoder_start_token_id: 8, eos_token_id: 0, max_new_tokens: 10, num_beams: 2 },
  { vocabulary: { source: 9, target: 9 } },
);

/** A search of two beams after steps; each gives the parents of the next beams, and where the tokens before them went. */
function sentence(...steps: { readonly slots: number[]; readonly parents: number[] }[]): Sentence {
  const search = new BeamSearch({ settings, source: { prompt: [8] } });
  for (const { slots, parents } of steps) {
    search.advance(
      parents.map((beam, rank) => ({ beam, token: rank + 1, score: -rank, sample: 0 })),
      slots,
    );
  }
  return { ...({} as SearchRequest), search, row: 0 };
}

test('the lowest slots that no path sees are taken, in every sentence its own', () => {
  const fresh = sentence();
  // The path of slot 3 has died; slot 0 has the token that both see.
  const forked = sentence({ slots: [0], parents: [0, 0] }, { slots: [2, 3], parents: [0, 0] });
  const apart = sentence({ slots: [1], parents: [0, 0] }, { slots: [2, 3], parents: [1, 0] });
  expect(freeSlots([fresh, forked, apart], { beams: 2, slots: 6 })).toEqual(Int32Array.of(0, 1, 1, 3, 0, 4));
});

test('there are none if one sentence has too few', () => {
  const full = sentence({ slots: [0], parents: [0, 0] }, { slots: [1, 2], parents: [1, 0] });
  expect(freeSlots([sentence(), full], { beams: 2, slots: 5 })).toEqual(Int32Array.of(0, 1, 3, 4));
  expect(freeSlots([sentence(), full], { beams: 2, slots: 4 })).toBeUndefined();
});

test('a sentence uses its slots up to the last that a path sees, so that all tokens stay where they are', () => {
  // Slot 2 has died: it is kept, since slot 3 is seen.
  const forked = sentence({ slots: [0], parents: [0, 0] }, { slots: [2, 3], parents: [1, 1] });
  const early = sentence({ slots: [0], parents: [0, 0] }, { slots: [1, 4], parents: [0, 0] });
  expect(usedSlots([forked, sentence(), early], 6)).toEqual([
    { slots: 4, seen: 2 },
    { slots: 0, seen: 0 },
    { slots: 2, seen: 2 },
  ]);
});

test('a token takes one row for every head of its sentence', () => {
  const feeds = slotRowFeeds(Int32Array.of(2, 0, 1, 4), { beams: 2, slots: 5 }, [1, 3]);
  expect(feeds['slot_rows.1']).toEqual({
    type: 'int32',
    shape: [2, 2, 1],
    data: Int32Array.of(2, 0, 6, 9),
  });
  expect(Array.from(feeds['slot_rows.3']?.data ?? [], Number)).toEqual([2, 7, 12, 0, 5, 10, 16, 21, 26, 19, 24, 29]);
});
