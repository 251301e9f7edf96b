/** What Transformers generated with the golden models that write from a source, id for id, on both engines. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createGenerator, overlay, readGenerationConfig } from '../../src/decode/index.ts';
import { inRole } from '../../src/models/families/check-config.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { goldenFolder } from '../models/golden.ts';
import { goldenModels } from '../models/golden-model.ts';

const rows = z.array(z.array(z.int()));
const generated = z.looseObject({
  cases: z.record(z.string(), z.looseObject({ inputs: z.record(z.string(), z.looseObject({ values: z.unknown() })) })),
  generation: z
    .array(
      z.looseObject({
        name: z.string(),
        inputs_of_case: z.string().default('padded'),
        kwargs: z.record(z.string(), z.unknown()),
        sequences: rows,
        sequences_scores: z.array(z.number()).optional(),
      }),
    )
    .default([]),
});

const readGolden = (name: string) =>
  generated.parse(JSON.parse(readFileSync(new URL(`../golden/models/${name}/cases.json`, import.meta.url), 'utf8')));

/** Those with generations and an encoder. Marian's are compared in generate.test.ts. */
const models = goldenModels.flatMap((name) => {
  const golden = readGolden(name);
  return name !== 'marian' && golden.generation.length > 0 && hasEncoder(name) ? [{ name, ...golden }] : [];
});

function hasEncoder(name: string): boolean {
  const config = JSON.parse(readFileSync(new URL(`../golden/models/${name}/config.json`, import.meta.url), 'utf8'));
  return config.is_encoder_decoder === true;
}

describe.each(models)('$name', async ({ name, cases, generation }) => {
  const loaded = inRole(await loadModel(goldenFolder(`models/${name}`)), 'sequence-to-sequence', name);
  const fromFile = overlay(
    loaded.generationDefaults,
    readGenerationConfig(loaded.generationConfig, 'generation_config.json'),
  );
  const { eosTokenId: end } = loaded.tokens;
  /** Transformers fills up with the end token where padding is token 0. */
  const upToEnd = ([start = 0, ...rest]: readonly number[]) => [start, ...rest.slice(0, rest.indexOf(end) + 1)];

  describe.each([nodeBackend(), webBackend({ threads: 1 })])('on $name', (backend) => {
    const generator = createGenerator(loaded.model, loaded.parameters, backend);
    afterAll(() => generator.dispose());

    test.each(generation)('$name generates what Transformers does, id for id', async (golden) => {
      const { input_ids, attention_mask } = cases[golden.inputs_of_case]?.inputs ?? {};
      const sources = {
        input_ids: rows.parse(input_ids?.values),
        attention_mask: rows.parse(attention_mask?.values),
      };
      const results = await generator.generate(sources, overlay(fromFile, golden.kwargs));
      expect(results.flatMap(({ sequences }) => sequences)).toEqual(golden.sequences.map(upToEnd));
      const scores = results.flatMap((result) => result.scores);
      golden.sequences_scores?.forEach((score, i) => {
        expect(Math.abs((scores[i] ?? Number.NaN) - score), `score ${i}`).toBeLessThan(1e-4);
      });
    });
  });
});
