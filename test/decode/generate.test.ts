import { afterAll, describe, expect, test } from 'vitest';
import {
  createGenerator,
  type GenerationConfig,
  type GeneratorOptions,
  overlay,
  readGenerationConfig,
} from '../../src/decode/index.ts';
import { banned, tokenScores } from '../../src/decode/step/scores.ts';
import { constantTensor, input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { InputError } from '../../src/io/error.ts';
import { Trace } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { float32Data } from '../../src/weights/tensor.ts';
import { observedBackend } from '../runtime/observed-backend.ts';
import {
  goldenCases,
  goldenConfig,
  goldenModel,
  goldenParameters,
  goldenSources,
  goldenTokens,
  readTensors,
} from './marian-golden.ts';

const { padTokenId: pad, targetVocabulary: V, maxTokens } = goldenTokens;
const withoutPadding = ([start, ...rest]: number[]) => [start, ...rest.filter((id) => id !== pad)];
const generator = createGenerator(goldenModel, goldenParameters, nodeBackend());
afterAll(() => generator.dispose());
const fromFile = readGenerationConfig(goldenConfig, 'generation_config.json');

/** The same search on plain log-probabilities: no bans, no forced tokens. */
const unrestricted: GenerationConfig = overlay(fromFile, {
  bad_words_ids: null,
  renormalize_logits: null,
  forced_eos_token_id: null,
  num_beams: 4,
  num_return_sequences: 4,
  max_new_tokens: 10,
});

/** Made-up sentences of many lengths. */
const sentences = Array.from({ length: 23 }, (_, i) => [
  ...Array.from({ length: 1 + ((i * 7) % 13) }, (_, j) => 1 + ((i * 31 + j * j * 17) % (V - 2))),
  0,
]);

describe.each([nodeBackend(), webBackend({ threads: 1 })])('on $name', (backend) => {
  const own = createGenerator(goldenModel, goldenParameters, backend);
  afterAll(() => own.dispose());

  test.each(goldenCases.generation)('$name generates what Transformers does, id for id', async (golden) => {
    const results = await own.generate(goldenSources, overlay(fromFile, golden.kwargs));
    expect(results.flatMap(({ sequences }) => sequences)).toEqual(golden.sequences.map(withoutPadding));
    const scores = results.flatMap((result) => result.scores);
    golden.sequences_scores?.forEach((score, i) => {
      expect(Math.abs(scores[i] - score), `score ${i}`).toBeLessThan(1e-4);
    });
  });
});

test('the scores of every token at every greedy step are those of Transformers', () => {
  const golden = readTensors('cases.safetensors').get('generation/greedy/scores')!;
  const [steps, batch, size] = golden.shape;
  const { sequences } = goldenCases.generation.find(({ name }) => name === 'greedy')!;
  const { hidden, trace, feeds } = fullForward(sequences.map((ids) => ids.slice(0, steps)));
  const rows = [batch, steps, 1];
  const changes = {
    tokens: constantTensor(new Float64Array(batch * steps).fill(pad), rows, 'int32'),
    penalties: constantTensor(new Float64Array(batch * steps).fill(1), rows),
    banScores: constantTensor(new Float64Array(batch * steps).fill(banned), rows),
  };
  const { scores } = tokenScores(
    hidden,
    goldenModel.head(trace.root),
    { normalized: 'after', candidates: 1, changes: true },
    changes,
  );
  const [{ data }] = interpret([scores], feeds);
  const expected = float32Data(golden, 'scores');
  sequences.forEach((ids, row) => {
    for (let step = 0; step < withoutPadding(ids).length - 1; step++) {
      for (let id = 0; id < size; id++) {
        const reference = expected[(step * batch + row) * size + id];
        const actual = data[(row * steps + step) * size + id];
        if (Number.isFinite(reference)) expect(Math.abs(actual - reference)).toBeLessThan(1e-4);
        else expect(actual).toBeLessThan(-1e8);
      }
    }
  });
});

/** The whole decoder over given tokens, in the graph, and what to interpret it with. */
function fullForward(decoder: readonly (readonly number[])[]) {
  const trace = new Trace();
  const ids = (name: string, rows: readonly (readonly number[])[]) => ({
    tensor: input(name, [rows.length, rows[0].length], 'int32'),
    value: value([rows.length, rows[0].length], rows.flat(), 'int32'),
  });
  const given = {
    input_ids: ids('input_ids', goldenSources.input_ids),
    attention_mask: ids('attention_mask', goldenSources.attention_mask),
    decoder_input_ids: ids('decoder_input_ids', decoder),
  };
  const hidden: Tensor = goldenModel.hidden(trace.root, {
    input_ids: given.input_ids.tensor,
    attention_mask: given.attention_mask.tensor,
    decoder_input_ids: given.decoder_input_ids.tensor,
  });
  goldenModel.head(trace.root);
  const feeds = {
    ...Object.fromEntries(Object.entries(given).map(([name, { value }]) => [name, value])),
    ...Object.fromEntries(
      [...trace.parameters].map(([name, { shape }]) => [name, value(shape, goldenParameters.get(name)!)]),
    ),
  };
  return { hidden, trace, feeds };
}

describe('decoding step by step', () => {
  test('gives every hypothesis the score that the whole decoder gives it at once', async () => {
    const found = await generator.generate(sentences, unrestricted);
    for (let rank = 0; rank < 4; rank++) {
      const targets = found.map(({ sequences }) => sequences[rank].slice(1));
      const forced = await generator.score(sentences, targets, unrestricted);
      found.forEach(({ scores }, i) => {
        expect(forced[i].token_scores).toHaveLength(targets[i].length);
        expect(Math.abs(forced[i].score / targets[i].length - scores[rank])).toBeLessThan(1e-5);
      });
    }
  });

  test.each(['sessions', 'threads', 'batch_size'])('refuses %s other than a whole number ≥ 1', (name) => {
    for (const wrong of [0, -1, 1.5, Number.NaN, '2']) {
      expect(() => createGenerator(goldenModel, goldenParameters, nodeBackend(), { [name]: wrong })).toThrow(
        `generator: ${name}: expected a whole number ≥ 1, got ${wrong}`,
      );
    }
  });

  test('takes undefined for its own choice of sessions and threads', async () => {
    const compiled = async (options: GeneratorOptions): Promise<(number | undefined)[]> => {
      const threads: (number | undefined)[] = [];
      const counted = observedBackend(nodeBackend(), { compiled: (how) => threads.push(how?.threads) });
      const made = createGenerator(goldenModel, goldenParameters, counted, options);
      await made.generate(sentences, overlay(fromFile, { max_new_tokens: 2 }));
      await made.dispose();
      return threads;
    };
    const own = await compiled({});
    expect(own.every((threads) => threads === 1)).toBe(true);
    expect(await compiled({ sessions: undefined, threads: undefined, batch_size: undefined })).toEqual(own);
  });

  test.each([1, 3, 100])('does not depend on what else is in the batch: batch size %i', async (batch_size) => {
    const config = overlay(fromFile, { num_beams: 3, max_new_tokens: 16 });
    const alone = await generator.generate(sentences, config);
    const sized = createGenerator(goldenModel, goldenParameters, nodeBackend(), { batch_size });
    const progress: string[] = [];
    const on_progress = (done: number, total: number) => progress.push(`${done} of ${total}`);
    const other = await sized.generate(sentences, config, { on_progress });
    await sized.dispose();
    expect(other.map(({ sequences }) => sequences)).toEqual(alone.map(({ sequences }) => sequences));
    other.forEach(({ scores }, i) => {
      expect(scores[0]).toBeCloseTo(alone[i].scores[0], 5);
    });
    expect(progress).toEqual(sentences.map((_, i) => `${i + 1} of ${sentences.length}`));
  });

  test('shows for every generated token what the whole decoder shows', async () => {
    const config = overlay(fromFile, { num_beams: 4, max_new_tokens: 6, num_return_sequences: 2 });
    const results = await generator.generate(goldenSources, config, { output_attentions: true });
    const plain = await generator.generate(goldenSources, config);
    expect(results.map(({ sequences }) => sequences)).toEqual(plain.map(({ sequences }) => sequences));
    for (let rank = 0; rank < 2; rank++) {
      const given = results.map(({ sequences }) => sequences[rank]);
      const width = Math.max(...given.map(({ length }) => length)) - 1;
      const { trace, feeds } = fullForward(
        given.map((ids) => Array.from({ length: width }, (_, i) => ids.slice(0, -1)[i] ?? pad)),
      );
      for (let layer = 0; layer < 2; layer++) {
        const [{ shape, data }] = interpret([trace.taps.get(`cross_attentions.${layer}`)!], feeds);
        const [, heads, time, source] = shape;
        given.forEach((ids, i) => {
          const map = results[i].attentions![rank][layer];
          expect(map).toHaveLength(heads);
          map.forEach((steps, head) => {
            expect(steps).toHaveLength(ids.length - 1);
            steps.forEach((row, t) => {
              expect(row).toHaveLength(goldenSources.attention_mask[i].filter(Boolean).length);
              const from = ((i * heads + head) * time + t) * source;
              row.forEach((weight, s) => {
                expect(Math.abs(weight - data[from + s])).toBeLessThan(5e-6);
              });
            });
          });
        });
      }
    }
  });

  test('begins and ends with tokens that are forced', async () => {
    const config = overlay(fromFile, { num_beams: 3, max_new_tokens: 4, forced_bos_token_id: 7, length_penalty: 0 });
    for (const { sequences } of await generator.generate(sentences, config)) {
      expect(sequences[0][1]).toBe(7);
      expect(sequences[0].at(-1)).toBe(0);
      expect(sequences[0].length).toBeLessThanOrEqual(5);
    }
  });

  test('never writes a bad word of several tokens, which it wrote before', async () => {
    const config = overlay(fromFile, { num_beams: 2, max_new_tokens: 14 });
    const [{ sequences }] = await generator.generate([sentences[3]], config);
    const word = sequences[0].slice(2, 4);
    const text = (ids: readonly number[]) => ` ${ids.join(' ')} `;
    const barred = await generator.generate([sentences[3]], overlay(config, { bad_words_ids: [[pad], word] }));
    expect(text(sequences[0])).toContain(text(word));
    expect(text(barred[0].sequences[0])).not.toContain(text(word));
  });
});

describe('wrong input', () => {
  const refused = (sources: Parameters<typeof generator.generate>[0], config: GenerationConfig = fromFile) =>
    expect(generator.generate(sources, config)).rejects;

  test('a token id outside the vocabulary names the sentence', async () => {
    await refused([
      [5, 0],
      [5, V, 0],
    ]).toThrow(new InputError(`generate: sentence 1: token ids must be in 0 … ${V - 1}, got ${V}`));
    await refused([[-1]]).toThrow(`sentence 0: token ids must be in 0 … ${V - 1}, got -1`);
    await expect(generator.score([[5, 0]], [[3, V]], fromFile)).rejects.toThrow(
      `score: target 0: token ids must be in 0 … ${V - 1}, got ${V}`,
    );
  });

  test('a sentence is empty or longer than the positions reach', async () => {
    await refused([[]]).toThrow('sentence 0: must have a token, got none');
    await refused([new Int32Array(maxTokens + 1)]).toThrow(
      `sentence 0: must have at most ${maxTokens} tokens, got ${maxTokens + 1}`,
    );
    await refused({ input_ids: [[5, 0]], attention_mask: [[0, 0]] }).toThrow('must have a token, got none');
  });

  test('a mask of bigints says where text is as one of numbers does', async () => {
    const input_ids = [[5, 6, 7, 0]];
    const [plain] = await generator.generate({ input_ids, attention_mask: [[1, 0, 1, 1]] }, fromFile);
    const bigints: unknown[] = [1n, 0n, 1n, 1n];
    const [same] = await generator.generate({ input_ids, attention_mask: [bigints as number[]] }, fromFile);
    expect(same).toEqual(plain);
  });

  test('a mask does not fit', async () => {
    await refused({ input_ids: [[5, 0]], attention_mask: [[1]] }).toThrow(
      'attention_mask must be as long as input_ids',
    );
    await refused({ input_ids: [[5, 0]], attention_mask: [] }).toThrow('one row per sentence, 1, got 0');
  });

  test('parameters are missing or of another size', async () => {
    const some = new Map(goldenParameters);
    some.delete('model.shared.weight');
    some.set('model.encoder.layers.0.fc1.bias', new Float32Array(3));
    const make = () => createGenerator(goldenModel, some, nodeBackend());
    expect(make).toThrow('model.shared.weight must have 2880 values, [90, 32], got none');
    expect(make).toThrow('model.encoder.layers.0.fc1.bias must have 48 values, [48], got 3');
  });

  test('everything is banned', async () => {
    const all = Array.from({ length: V }, (_, id) => id);
    await refused([[5, 0]], overlay(fromFile, { suppress_tokens: all, num_beams: 2 })).toThrow('every token is banned');
  });

  test('no sentences give no results', async () => {
    expect(await generator.generate([], fromFile)).toEqual([]);
  });
});

test('ids that the tokenizer of the results does not have are never generated', async () => {
  const plain = await generator.generate(goldenSources, fromFile);
  const most = Math.max(...plain.flatMap(({ sequences }) => sequences.flatMap((ids) => ids.slice(1))));
  const vocabSize = most;
  const known = await generator.generate(goldenSources, fromFile, { tokenizer: { vocabSize, decode: () => '' } });
  for (const { sequences } of known) for (const ids of sequences) expect(Math.max(...ids.slice(1))).toBeLessThan(most);
});
