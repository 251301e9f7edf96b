import { describe, expect, test } from 'vitest';
import { createCausalGenerator, createGenerator } from '../../src/decode/index.ts';
import { input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import type { StateTensor } from '../../src/models/body/decoder.ts';
import { Trace } from '../../src/nn/index.ts';
import { linear } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { emptySlots, writesTo } from './slot-state.ts';
import { ids, parameterFeeds, tinyParameters } from './tiny-marian.ts';
import { schemeNames, tinyLm, tinySeq2Seq } from './tiny-transformer.ts';
import { traceForward } from './trace-forward.ts';

const V = 11;

/** Steps of beams that fork and die: the parents of each step's beams among those of the step before. */
const forks = [[0], [0, 0, 0], [2, 0], [1, 1, 0], [2]];

/** Tokens of every sentence's beams, step by step. */
const tokenAt = (sentence: number, step: number, beam: number) => (3 * sentence + 5 * step + 4 * beam + 1) % V;

/** Fewer than there are tokens: those of dead beams are used again. */
const slots = 8;

/** Slots of each beam's past and own token, and the beam's tokens, step by step. */
function paths(sentence: number) {
  let before: { seen: number[]; text: number[] }[] = [{ seen: [], text: [] }];
  return forks.map((parents, step) => {
    const alive = new Set(parents.flatMap((parent) => before[parent].seen));
    const free = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !alive.has(slot));
    // Each sentence has an order of its own.
    const taken = (sentence ? free.toReversed() : free).slice(0, parents.length);
    before = parents.map((parent, beam) => ({
      seen: [...before[parent].seen, taken[beam]],
      text: [...before[parent].text, tokenAt(sentence, step, beam)],
    }));
    return { beams: before, taken };
  });
}

const sentences = [0, 1];

describe.each(schemeNames)('%s positions step by step with what was computed before', (scheme) => {
  test('beams that fork and die get the logits of the whole forward pass', () => {
    const setup = tinyLm(scheme, { head_value_size: 3 });
    const { model } = setup;
    const trace = new Trace();
    const whole = traceForward(new Trace(), setup);
    const feeds: Record<string, Value> = parameterFeeds(setup);
    const all = sentences.map(paths);
    let state: Record<string, StateTensor> = emptySlots(model, sentences.length, slots);
    const outputs: Tensor[] = forks.map(({ length: beams }, t) => {
      const step = model.step(trace.root, state, {
        tokens: input(`tokens.${t}`, [2, beams], 'int32'),
        position: input(`position.${t}`, [2, 1], 'int32'),
        visible: input(`visible.${t}`, [2, 1, beams, slots]),
        slotPositions: input(`slots.${t}`, [2, slots], 'int32'),
        slotRows: writesTo(
          all.map((steps) => steps[t].taken),
          slots,
        ),
      });
      state = { ...step.state };
      const now = all.map((steps) => steps[t].beams);
      const isSeen = now.flatMap((row) =>
        row.flatMap(({ seen }) => Array.from({ length: slots }, (_, slot) => Number(seen.includes(slot)))),
      );
      // A slot that no beam sees any more is at 0.
      const places = now.flatMap((row) =>
        Array.from({ length: slots }, (_, slot) => Math.max(0, ...row.map(({ seen }) => seen.indexOf(slot)))),
      );
      feeds[`tokens.${t}`] = ids(now.map((row) => row.map(({ text }) => text[t])));
      feeds[`position.${t}`] = value([2, 1], [t, t], 'int32');
      feeds[`visible.${t}`] = value([2, 1, beams, slots], isSeen);
      feeds[`slots.${t}`] = value([2, slots], places, 'int32');
      const { weight, bias } = model.head(trace.root);
      return linear(step.hidden, weight, bias);
    });
    interpret(outputs, feeds).forEach(({ data }, t) => {
      sentences.forEach((sentence) =>
        all[sentence][t].beams.forEach(({ text }, beam) => {
          const [{ data: expected }] = interpret([whole], { ...feeds, input_ids: ids([text]) });
          const at = (sentence * forks[t].length + beam) * V;
          for (let v = 0; v < V; v++) expect(Math.abs(data[at + v] - expected[t * V + v])).toBeLessThan(1e-11);
        }),
      );
    });
  });

  test('an engine’s beam search scores its translations as the whole forward pass does', async () => {
    const setup = tinySeq2Seq(scheme, { num_decoder_layers: 1 });
    const generator = createGenerator(setup.model, tinyParameters(setup), nodeBackend(), { sessions: 1, threads: 1 });
    try {
      const config = { ...setup.generationDefaults, num_beams: 3, max_new_tokens: 14, length_penalty: 0 };
      const sources = [[1, 2, 3, 4], [5, 6], [7, 8, 9], [3]];
      const found = await generator.generate(sources, config);
      const targets = found.map(({ sequences }) => sequences[0].slice(1));
      const scored = await generator.score(sources, targets, config);
      expect(Math.max(...targets.map(({ length }) => length))).toBeGreaterThan(4);
      found.forEach(({ scores }, i) => expect(scores[0]).toBeCloseTo(scored[i].score, 3));
    } finally {
      await generator.dispose();
    }
  });

  test('an engine’s language model continues texts of many lengths as it would from the start', async () => {
    const setup = tinyLm(scheme);
    const generator = createCausalGenerator(setup.model, tinyParameters(setup), nodeBackend(), {
      sessions: 1,
      threads: 1,
    });
    try {
      const config = { pad_token_id: 10, num_beams: 2, max_new_tokens: 9, length_penalty: 0 };
      const prompts = [[1, 2, 3, 4, 5, 6], [7, 8], [9], [2, 2, 2, 5]];
      const found = await generator.generate(prompts, config);
      const targets = found.map(({ sequences }, i) => sequences[0].slice(prompts[i].length));
      const scored = await generator.score(prompts, targets, config);
      expect(targets.map(({ length }) => length)).toEqual([9, 9, 9, 9]);
      found.forEach(({ scores }, i) => expect(scores[0]).toBeCloseTo(scored[i].score, 3));
    } finally {
      await generator.dispose();
    }
  });
});
