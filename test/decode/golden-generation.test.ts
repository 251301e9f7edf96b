/** What Transformers generated with the golden models, id for id, on both engines. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createCausalGenerator, createGenerator, overlay, readGenerationConfig } from '../../src/decode/index.ts';
import { inRole } from '../../src/models/families/check-config.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { goldenFolder } from '../models/golden.ts';
import { goldenModels } from '../models/golden-model.ts';

const rows = z.array(z.array(z.int()));
/** An input of token ids; those of images are no numbers here. */
const tokens = z.looseObject({ values: rows });
const generated = z.looseObject({
  cases: z.record(z.string(), z.looseObject({ inputs: z.record(z.string(), z.unknown()) })),
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

/** Those with generations, which read tokens. Marian's are compared in generate.test.ts. */
const models = goldenModels.flatMap((name) => {
  const golden = readGolden(name);
  return name !== 'marian' && golden.generation.length > 0 ? [{ name, ...golden }] : [];
});

async function openModel(name: string) {
  const loaded = await loadModel(goldenFolder(`models/${name}`));
  const isCausal = loaded.role === 'causal';
  if (loaded.role === 'causal') {
    const open = (backend: Backend) => createCausalGenerator(loaded.model, loaded.parameters, backend);
    return { loaded, isCausal, end: loaded.generationDefaults.eos_token_id, open };
  }
  const { model, parameters, tokens: special } = inRole(loaded, 'sequence-to-sequence', name);
  const open = (backend: Backend) => createGenerator(model, parameters, backend);
  return { loaded, isCausal, end: special.eosTokenId, open };
}

describe.each(models)('$name', async ({ name, cases, generation }) => {
  const { loaded, isCausal, end, open } = await openModel(name);
  const fromFile = overlay(
    loaded.generationDefaults,
    readGenerationConfig(loaded.generationConfig, 'generation_config.json'),
  );
  /** A sequence up to its end token, which is not looked for in its first `size` tokens. */
  const upToEnd = (sequence: readonly number[], size: number) => {
    const at = sequence.indexOf(Number(end), size);
    return sequence.slice(0, at < 0 ? sequence.length : at + 1);
  };

  describe.each([nodeBackend(), webBackend({ threads: 1 })])('on $name', (backend) => {
    const generator = open(backend);
    afterAll(() => generator.dispose());

    test.each(generation)('$name generates what Transformers does, id for id', async (golden) => {
      const inputs = cases[golden.inputs_of_case]?.inputs ?? {};
      const input_ids = tokens.parse(inputs.input_ids).values;
      const attention_mask = tokens.parse(inputs.attention_mask).values;
      const results = await generator.generate({ input_ids, attention_mask }, overlay(fromFile, golden.kwargs));
      const each = golden.sequences.length / input_ids.length;
      const expected = golden.sequences.map((sequence, i) => {
        const [prompt, mask] = [input_ids, attention_mask].map((all) => all[Math.floor(i / each)] ?? []);
        if (!isCausal) return upToEnd(sequence, 1);
        return upToEnd(sequence, prompt.length).filter((_, at) => mask[at] !== 0);
      });
      expect(results.flatMap(({ sequences }) => sequences)).toEqual(expected);
      const scores = results.flatMap((result) => result.scores);
      golden.sequences_scores?.forEach((score, i) => {
        expect(Math.abs((scores[i] ?? Number.NaN) - score), `score ${i}`).toBeLessThan(1e-4);
      });
    });
  });
});
