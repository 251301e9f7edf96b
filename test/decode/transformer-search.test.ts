import { afterEach, expect, test } from 'vitest';
import { createGenerator, type GenerationConfig, type Generator } from '../../src/decode/index.ts';
import { input, interpret, value } from '../../src/graph/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { Trace } from '../../src/nn/index.ts';
import { linear, logSoftmax } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { seeded } from './seeded.ts';

let generator: Generator | undefined;
afterEach(() => generator?.dispose());

const V = 5;
const start = V - 1;
const { model } = inRole(
  checkConfig(
    {
      model_type: 'marian',
      vocab_size: V,
      d_model: 8,
      encoder_layers: 1,
      decoder_layers: 2,
      encoder_attention_heads: 2,
      decoder_attention_heads: 2,
      encoder_ffn_dim: 12,
      decoder_ffn_dim: 12,
      max_position_embeddings: 8,
      pad_token_id: start,
      decoder_start_token_id: start,
    },
    'tiny',
    { isStrict: true },
  ),
  'sequence-to-sequence',
  'tiny',
);
const sources = [
  [1, 2, 3, 0],
  [2, 0],
  [3, 3, 1],
];

/** The whole forward pass over all of a batch's targets at once, and the parameters that it reads. */
function wholeDecoder(rows: number, source: number, target: number) {
  const trace = new Trace();
  const ids = (name: string, time: number) => input(name, [rows, time], 'int32');
  const hidden = model.hidden(trace.root, {
    input_ids: ids('input_ids', source),
    attention_mask: ids('attention_mask', source),
    decoder_input_ids: ids('decoder_input_ids', target),
  });
  const { weight, bias } = model.head(trace.root);
  return { logp: logSoftmax(linear(hidden, weight, bias)), trace };
}

function randomWeights(seed: number): Map<string, Float32Array> {
  const random = seeded(seed);
  const { parameters } = wholeDecoder(1, 1, 1).trace;
  return new Map(
    [...parameters].map(([name, { shape }]) => [
      name,
      Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, () => 1.6 * random() - 0.8),
    ]),
  );
}

/** log p of every next token after each of `prefixes`, all equally long, by the interpreter in float64. */
function nextLogp(
  weights: ReadonlyMap<string, Float32Array>,
  source: readonly number[],
  prefixes: readonly number[][],
) {
  const [rows, time] = [prefixes.length, prefixes[0].length];
  const { logp, trace } = wholeDecoder(rows, source.length, time);
  const repeated = prefixes.flatMap(() => source);
  const feeds = {
    input_ids: value([rows, source.length], repeated, 'int32'),
    attention_mask: value([rows, source.length], new Array(repeated.length).fill(1), 'int32'),
    decoder_input_ids: value([rows, time], prefixes.flat(), 'int32'),
    ...Object.fromEntries([...trace.parameters].map(([name, { shape }]) => [name, value(shape, weights.get(name)!)])),
  };
  const [{ data }] = interpret([logp], feeds);
  return prefixes.map((_, row) => Array.from(data.slice((row * time + time - 1) * V, (row + 1) * time * V)));
}

/** All that can be generated in `most` tokens, best first. */
function enumerate(
  weights: ReadonlyMap<string, Float32Array>,
  source: readonly number[],
  most: number,
  penalty: number,
) {
  const found: { tokens: number[]; score: number }[] = [];
  let open = [{ tokens: [start], sum: 0 }];
  for (let length = 1; length <= most; length++) {
    const logp = nextLogp(
      weights,
      source,
      open.map(({ tokens }) => tokens),
    );
    const grown = open.flatMap(({ tokens, sum }, i) =>
      logp[i].map((score, id) => ({ tokens: [...tokens, id], sum: sum + score })),
    );
    const isDone = ({ tokens }: { tokens: number[] }) => tokens.at(-1) === 0 || length === most;
    found.push(...grown.filter(isDone).map(({ tokens, sum }) => ({ tokens, score: sum / length ** penalty })));
    open = grown.filter((path) => !isDone(path));
  }
  return found.sort((a, b) => b.score - a.score);
}

test.each([
  [1, 1],
  [2, 0],
  [3, 0.6],
  [4, 2],
])(
  'seed %i: as many beams as sequences of a Transformer find the best of all, length penalty %f',
  async (seed, length_penalty) => {
    const weights = randomWeights(seed);
    generator = createGenerator(model, weights, nodeBackend());
    const config: GenerationConfig = {
      decoder_start_token_id: start,
      eos_token_id: 0,
      num_beams: V ** 3,
      num_return_sequences: 8,
      max_new_tokens: 3,
      length_penalty,
    };
    const results = await generator.generate(sources, config);
    sources.forEach((source, i) => {
      const best = enumerate(weights, source, 3, length_penalty).slice(0, 8);
      expect(results[i].sequences).toEqual(best.map(({ tokens }) => tokens));
      best.forEach(({ score }, j) => {
        expect(results[i].scores[j]).toBeCloseTo(score, 5);
      });
    });
  },
);
