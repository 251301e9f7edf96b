import { afterAll, expect, test } from 'vitest';
import { createGenerator, overlay, readGenerationConfig } from '../../src/decode/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { goldenCases, goldenConfig, goldenModel, goldenParameters, goldenSources } from './marian-golden.ts';

const generator = createGenerator(goldenModel, goldenParameters, nodeBackend());
afterAll(() => generator.dispose());

const pad = 89;
const withoutPadding = ([start, ...rest]: number[]) => [start, ...rest.filter((id) => id !== pad)];

test.each(goldenCases.generation)('$name generates what Transformers does, id for id', async (golden) => {
  const config = overlay(readGenerationConfig(goldenConfig, 'generation_config.json'), golden.kwargs);
  const results = await generator.generate(goldenSources, config);
  expect(results.flatMap(({ sequences }) => sequences)).toEqual(golden.sequences.map(withoutPadding));
  const scores = results.flatMap((result) => result.scores);
  golden.sequences_scores?.forEach((score, i) => {
    expect(Math.abs(scores[i] - score), `score ${i}`).toBeLessThan(1e-4);
  });
});
