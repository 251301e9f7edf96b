/** The output layer of large batches in parts: the same results, and only where they pay. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGenerator, type GenerationConfig } from '../../src/decode/index.ts';
import { topEntries } from '../../src/decode/step/block-top-k.ts';
import type { StepRules } from '../../src/decode/step/graph.ts';
import { isWorthParts, partFeeds, partsFor } from '../../src/decode/step/output-parts.ts';
import { PlacedModels } from '../../src/decode/step/placed-models.ts';
import { Programs } from '../../src/decode/step/programs.ts';
import { constantTensor, inputName, interpret } from '../../src/graph/index.ts';
import type { SequenceToSequenceModel } from '../../src/models/body/decoder.ts';
import { Trace } from '../../src/nn/index.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { QuantizedMatrix, QuantizedWeights } from '../../src/runtime/quantized-weights.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { tinyParameters, tinySetup } from '../models/tiny-marian.ts';
import { observedBackend } from '../runtime/observed-backend.ts';

const V = 2500;
const setup = tinySetup({ vocab_size: V, pad_token_id: V - 1, decoder_start_token_id: V - 1 });
const { model } = setup;
const parameters = tinyParameters(setup);
const sources = Array.from({ length: 35 }, (_, i) =>
  Array.from({ length: 2 + (i % 9) }, (_, at) => (i * 37 + at * 11) % V),
);
const search: GenerationConfig = {
  num_beams: 4,
  num_return_sequences: 4,
  max_new_tokens: 6,
  eos_token_id: 0,
  pad_token_id: V - 1,
  decoder_start_token_id: V - 1,
};

describe('a batch of 35 sentences', () => {
  const generated = async (
    weights: ReadonlyMap<string, Float32Array>,
    config: GenerationConfig,
    batch_size: number,
  ) => {
    const parts = new Set<string>();
    const backend = observedBackend(nodeBackend(), {
      ran: (feeds) => Object.keys(feeds).forEach((name) => name.startsWith('output_part.') && parts.add(name)),
    });
    const generator = createGenerator(model, weights, backend, { sessions: 1, threads: 1, batch_size });
    const found = await generator.generate(sources, config);
    await generator.dispose();
    return { found, parts: parts.size };
  };

  test.each<[string, GenerationConfig]>([
    ['beam search', {}],
    ['with penalties and bans', { repetition_penalty: 1.3, no_repeat_ngram_size: 2, bad_words_ids: [[5], [6, 7]] }],
    ['with renormalized scores', { renormalize_logits: true, repetition_penalty: 1.2 }],
    ['with tokens that must come first', { forced_bos_token_id: 17, min_new_tokens: 3 }],
  ])('%s: finds in parts what it finds as a whole', async (_, fields) => {
    const config = { ...search, ...fields };
    const [whole, inParts] = [await generated(parameters, config, 7), await generated(parameters, config, 64)];
    expect([whole.parts, inParts.parts]).toEqual([0, 8]);
    expect(inParts.found.map(({ sequences }) => sequences)).toEqual(whole.found.map(({ sequences }) => sequences));
    inParts.found.forEach(({ scores }, i) => {
      scores.forEach((score, at) => {
        expect(score).toBeCloseTo(whole.found[i].scores[at], 5);
      });
    });
  });
});

interface Setting {
  readonly of: SequenceToSequenceModel;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly backend: Backend;
}

describe('parts', () => {
  const rules = { normalized: 'before', candidates: 16, showsAttention: false, drawn: 'none', changes: false } as const;
  const partsOf = (
    fields: Partial<StepRules>,
    { of = model, weights = parameters, backend = nodeBackend() }: Partial<Setting> = {},
  ) =>
    new Programs(of, weights, new PlacedModels(new SharedWeights(backend, weights)), {}).outputParts(
      { ...rules, ...fields },
      4,
    );

  test('are used for a search by the best tokens, on the CPU, if the output layer stays in the cache', () => {
    expect(partsOf({})).toEqual({ count: 8, beams: 4 });
    expect(partsOf({ drawn: 'best' })).toBeUndefined();
    expect(partsOf({ candidates: 4096 })).toBeUndefined();
    const { parallelism: _, ...alone } = nodeBackend();
    expect(partsOf({}, { backend: alone })).toBeUndefined();
    expect(partsOf({}, { backend: { ...nodeBackend(), habits: new Set(['preparesShapes']) } })).toBeUndefined();
  });

  test('are used up to a size of the weight in its own type, from a size of the vocabulary on', () => {
    expect(partsFor(1000, 1 << 20, 5)).toBeUndefined();
    expect(partsFor(10_000, 5_120_000, 5)).toEqual({ count: 4, beams: 5 });
    const wide = tinySetup({ vocab_size: V, d_model: 1024, pad_token_id: V - 1, decoder_start_token_id: V - 1 }).model;
    const numbers = new Float32Array(V * 1024);
    const name = inputName(wide.head(new Trace().root).weight) ?? '';
    expect(partsOf({}, { of: wide, weights: new Map([[name, numbers]]) })).toBeUndefined();
    const quantized = new QuantizedWeights(new Map([[name, QuantizedMatrix.of(numbers, [V, 1024], 0)]]));
    expect(partsOf({}, { of: wide, weights: quantized })).toEqual({ count: 4, beams: 4 });
  });

  test('hold every sentence once, in equal numbers but for one', () => {
    const all = fc.record({ count: fc.integer({ min: 1, max: 9 }), sentences: fc.integer({ min: 9, max: 70 }) });
    fc.assert(
      fc.property(all, ({ count, sentences }) => {
        const parts = Object.values(partFeeds({ count, beams: 5 }, sentences)).map(({ data }) =>
          Array.from(data, Number),
        );
        expect(parts.flat()).toEqual(Array.from({ length: sentences }, (_, at) => at));
        const sizes = parts.map(({ length }) => length);
        expect(sizes.length).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are never empty, and not for few rows', () => {
    expect(isWorthParts({ count: 8, beams: 100 }, 7)).toBe(false);
    expect(isWorthParts({ count: 8, beams: 4 }, 31)).toBe(false);
    expect(isWorthParts({ count: 8, beams: 4 }, 32)).toBe(true);
    expect(isWorthParts({ count: 8, beams: 5 }, 64)).toBe(true);
  });
});

test('the largest entries of groups in parts are those of all groups', () => {
  const [groups, rows, length, k] = [5, 3, 457, 4];
  const x = Array.from({ length: groups * rows * length }, (_, i) => (i * 7919) % 10_007);
  const ofRows = constantTensor(
    Array.from({ length: groups * rows }, (_, i) => (i * 31) % 7),
    [groups, rows],
  );
  const part = (from: number, to: number) => ({
    x: constantTensor(x.slice(from * rows * length, to * rows * length), [to - from, rows, length]),
    groups: constantTensor(
      Array.from({ length: to - from }, (_, at) => from + at),
      [to - from],
      'int32',
    ),
  });
  const found = (parts: Parameters<typeof topEntries>[0]) => {
    const { values, rows, columns } = topEntries(parts, ofRows, k);
    return interpret([values, rows, columns], {}).map(({ data }) => Array.from(data));
  };
  const { groups: _, ...all } = part(0, groups);
  expect(found([part(0, 2), part(2, 3), part(3, 5)])).toEqual(found([all]));
});
