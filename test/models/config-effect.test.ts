/** Every field of every family acts: with another value something of the model is another. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { interpret } from '../../src/graph/index.ts';
import { InputError } from '../../src/io/error.ts';
import { familyOf, modelTypes } from '../../src/models/families/families.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { forwardGraph } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { Trace } from '../../src/nn/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';
import { classes, type Fields, fed, inputsOf, setupOf } from './conformance.ts';

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (inner instanceof Map ? [...inner] : inner));

/** The training graph, with everything that dropout does. */
function trainingGraph({ model }: ModelSetup): string {
  if (model.terms.length === 0) return '';
  const trace = new Trace({ isTraining: true, isTapped: false });
  return hash(lower({ loss: traceLoss(trace.root, model) }).bytes);
}

/** Everything that a configuration can decide about: parameters, initial weights, results, training, tokens, files. */
function signature(fields: Fields): string {
  const setup = setupOf(fields);
  const parameters = [...modelParameters(setup)].map(([name, { shape, initializer, part, isTrained }]) => [
    ...[name, shape, part, isTrained],
    hash(new Uint8Array(initializer(shape, uniformFrom(7, name)).buffer)),
  ]);
  const inputs = inputsOf(setup);
  const graph = Object.values(forwardGraph(setup, { given: new Set(inputs.keys()) }));
  const results = interpret(graph, fed(setup, inputs)).map(({ data }) => hash(new Uint8Array(data.buffer)));
  const { tokens, checkpoint, copies, generationDefaults, model } = setup;
  const said = { tokens, checkpoint, copies, generationDefaults, inputs: model.inputs, labels: model.labelInputs };
  return plain([parameters, results, trainingGraph(setup), said, 'labels' in model ? model.labels : null]);
}

/** Values that a field may also have, by its schema and its present value. */
function others(schema: z.ZodType, value: unknown): unknown[] {
  const { enum: names = [], anyOf = [] } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as {
    enum?: unknown[];
    anyOf?: { enum?: unknown[] }[];
  };
  const number = typeof value === 'number' ? value : 1;
  return [
    ...names,
    ...anyOf.flatMap((one) => one.enum ?? []),
    ...[true, false, null],
    ...[number + 1, number * 2, number / 2, number + 2, 0, 1, 2, 3, 4, 0.25, 1e-3],
  ].filter((other) => other !== value);
}

/** Fields that have one value, or nothing to do with a model, with the reason. */
const exempt: Readonly<Record<string, string>> = {
  model_type: 'says which family it is',
  id2label: 'is given with label2id and num_labels',
  label2id: 'is the inverse of id2label',
  't5.is_gated_act': 'must be what feed_forward_proj says',
  'recurrent_seq2seq.num_decoder_layers': 'must be the number that the encoder’s states need',
};

/** What a field acts beside, where the first configuration of its family leaves it without effect. */
const beside: Readonly<Record<string, Fields>> = {
  attention_window: { attention: 'local' },
  character_embedding_size: { character_vocab_size: 9 },
  character_hidden_size: { character_vocab_size: 9 },
  decoder_vocab_size: { share_encoder_decoder_embeddings: false, decoder_vocab_size: 21 },
  'big_bird.attention_probs_dropout_prob': { attention_type: 'original_full' },
  init_hidden: { bidirectional: false },
  scale_attn_by_inverse_layer_idx: { n_layer: 2 },
};

/** Whether a field has one value, which says that a feature is not there. */
const isFixed = (schema: z.ZodType): boolean =>
  'const' in z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });

const fieldsOf = modelTypes.flatMap((type) => {
  const own = classes.filter(({ fields }) => fields.model_type === type);
  const shape = (familyOf(type)?.config.shape ?? {}) as Record<string, z.ZodType>;
  const names = Object.entries(shape).flatMap(([name, schema]) =>
    name in exempt || `${type}.${name}` in exempt || isFixed(schema) ? [] : [name],
  );
  return names.map((name) => [type, name, shape[name] ?? z.unknown(), own] as const);
});

const signatures = new Map<string, string>();
const known = (fields: Fields): string => {
  const key = plain(fields);
  const found = signatures.get(key) ?? signature(fields);
  signatures.set(key, found);
  return found;
};

test.each(fieldsOf)('%s: %s acts', (type, name, schema, own) => {
  let accepted = 0;
  const acts = own.some(({ fields: usual }) => {
    const fields = { ...usual, ...beside[name], ...beside[`${type}.${name}`] };
    const present = Reflect.get(setupOf(fields).config, name);
    return others(schema, present).some((value) => {
      try {
        const changed = signature({ ...fields, [name]: value });
        accepted++;
        return changed !== known(fields);
      } catch (error) {
        if (error instanceof InputError) return false;
        throw error;
      }
    });
  });
  if (accepted > 0) expect(acts, `${accepted} other values change nothing`).toBe(true);
});
