/** bfloat16 on a plugin: who has it, what is refused, and gradients of small models beside those in float32. */
import { describe, expect, test, vi } from 'vitest';
import { add, input } from '../../../src/graph/index.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../../src/models/families/setup.ts';
import { traceLoss } from '../../../src/models/heads/terms/loss.ts';
import { checkedInputs } from '../../../src/models/inputs/checked-inputs.ts';
import { graphInputs } from '../../../src/models/inputs/input-spec.ts';
import { Trace } from '../../../src/nn/index.ts';
import { type LoweredModel, lower } from '../../../src/onnx/index.ts';
import type { Backend, Feeds, HostTensor } from '../../../src/runtime/backend.ts';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import { withFallback } from '../../../src/runtime/node/plugin/fallback.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { checkBf16, withBf16 } from '../../../src/runtime/with-bf16.ts';
import { optimizer } from '../../../src/train/optimizers/optimizers.ts';
import { uniformFrom } from '../../../src/train/random/random-bytes.ts';
import { lossScales } from '../../../src/train/update/loss-count.ts';
import { trainGraphs } from '../../../src/train/update/train-graph.ts';
import type { Tensor } from '../../../src/weights/tensor.ts';
import { pluginName } from '../../plugin.ts';

describe('bfloat16 is refused', () => {
  test('by an engine that does not have it', () => {
    for (const engine of ['cpu', 'binding', 'wasm']) {
      const backend = nodeBackend(engine);
      expect(() => checkBf16(backend, 'train.bf16')).toThrow(
        `train.bf16: expected an engine with bfloat16, such as openvino, got ${backend.name}`,
      );
    }
  });

  test('on a processor without it, with what is missing', () => {
    const plugin = { ...capiBackend(), name: 'openvino', bf16: { missing: 'a processor with such instructions' } };
    expect(() => withBf16(plugin, 'dtype bf16')).toThrow(
      'dtype bf16: openvino needs a processor with such instructions',
    );
  });
});

test('a program in bfloat16 that a plugin cannot compile runs in float32, and the warning says so', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const failing = { ...capiBackend(), bf16: {}, compile: () => Promise.reject(new Error('no such operator')) };
  const engine = withBf16(withFallback(failing, capiBackend(), 'refusing'), 'dtype bf16');
  const program = await engine.compile(lower({ y: add(input('x', [2]), 1) }).bytes);
  await program.dispose();
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    'engine refusing: a program runs on the engine cpu and in float32, because refusing cannot compile it: no such operator',
  );
  warn.mockRestore();
});

type Fields = Readonly<Record<string, unknown>>;

const time = 500;
const tags = { num_labels: 3, id2label: { 0: 'a', 1: 'b', 2: 'c' }, label2id: { a: 0, b: 1, c: 2 } };
const wide = { vocab_size: 60, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
const bert: Fields = {
  ...{ ...wide, model_type: 'bert', architectures: ['BertForMaskedLM'], initializer_range: 0.2 },
  ...{ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
};
const languageModel = {
  ...{ ...wide, model_type: 'transformer_lm', pad_token_id: 0, bos_token_id: 1, eos_token_id: 2 },
  ...{ hidden_act: 'gelu', initializer_range: 0.2, dropout: 0 },
};
const tagger: Fields = {
  ...{
    ...tags,
    model_type: 'recurrent_encoder',
    vocab_size: 60,
    embedding_size: 16,
    hidden_size: 24,
    pad_token_id: 0,
  },
  ...{ cell: 'lstm', num_hidden_layers: 1, bidirectional: true, dropout: 0, classifier_dropout: 0, crf: true },
  architectures: ['HeddleRecurrentEncoderForTokenClassification'],
};

/** Models with what bfloat16 could get wrong: positions above 256, sums of many small numbers, a long recursion. */
const models: Readonly<Record<string, Fields>> = {
  BERT: bert,
  'a language model with sinusoids': { ...languageModel, position_embedding_type: 'sinusoidal' },
  'a language model with relative positions': { ...languageModel, position_embedding_type: 'relative' },
  'a language model with ALiBi': { ...languageModel, position_embedding_type: 'alibi' },
  'a language model with rotary positions': { ...languageModel, position_embedding_type: 'rotary' },
  'an LSTM with a CRF': tagger,
};

const ids = (name: string, below: number): Tensor => {
  const numbers = uniformFrom(0, name);
  const data = Int32Array.from({ length: 2 * time }, () => Math.floor(numbers() * below));
  return { dtype: 'I32', shape: [2, time], data };
};

const ones: Tensor = { dtype: 'I32', shape: [2, time], data: new Int32Array(2 * time).fill(1) };

/** A batch of two texts of `time` tokens, all of which count, with the weights of a new model. */
function feedsOf(setup: ModelSetup): Feeds {
  const { model } = setup;
  const given = model.inputs
    .filter(({ absent }) => absent === 'refused')
    .map(({ name, isMask }) => [name, isMask ? ones : ids(name, 50)] as const);
  const labels = model.labelInputs.map(
    ({ name }) => [name, ids(name, setup.role === 'token-classification' ? 3 : 50)] as const,
  );
  const checked = checkedInputs([...model.inputs, ...model.labelInputs], new Map([...given, ...labels]));
  const terms = model.terms.map((term) => ({ name: term.name, ...term.feeds(checked) }));
  const weights = [...modelParameters(setup)].map(([name, { shape, initializer }]) => {
    return [name, { type: 'float32', shape, data: initializer(shape, uniformFrom(0, name)) }] as const;
  });
  return Object.assign(
    Object.fromEntries(weights),
    Object.fromEntries(model.inputs.flatMap(({ name }) => (checked[name] ? [[name, checked[name]] as const] : []))),
    lossScales(Object.fromEntries(terms.map(({ name, count }) => [name, count]))),
    ...terms.map(({ feeds }) => feeds),
  );
}

type Results = Readonly<Record<string, HostTensor>>;

async function resultsOn(backend: Backend, { bytes }: LoweredModel, feeds: Feeds): Promise<Results> {
  const program = await backend.compile(bytes);
  try {
    return (await program.run(Object.fromEntries(program.inputs.map((name) => [name, feeds[name]])))) as Results;
  } finally {
    await program.dispose();
  }
}

/** ‖a − b‖ / ‖a‖ over the numbers of these rows. */
function difference(a: HostTensor, b: HostTensor | undefined, rows: readonly [from: number, to: number]): number {
  const width = Number(a.shape.at(-1));
  const [from, to] = rows.map((row) => row * width) as [number, number];
  let [wrong, whole] = [0, 0];
  for (let i = from; i < to; i++) {
    wrong += (Number(a.data[i]) - Number(b?.data[i])) ** 2;
    whole += Number(a.data[i]) ** 2;
  }
  return Math.sqrt(wrong / whole);
}

const rule = optimizer({
  ...{ optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0 },
});

/** The plugin, if there is one and this machine has what it needs. */
const named = pluginName === undefined ? undefined : nodeBackend(pluginName);
const plugin = named?.bf16 && named.bf16.missing === undefined ? named : undefined;

describe.skipIf(plugin === undefined)('a plugin in bfloat16 (needs HEDDLE_TEST_PLUGIN) gives', () => {
  const inBf16 = plugin ? withBf16(plugin, 'dtype bf16') : capiBackend();

  for (const [name, config] of Object.entries(models)) {
    test(`the loss of ${name} within 0.1 % and every gradient that is not all cancellation within 3 %`, async () => {
      const setup = checkConfig(config, name);
      const graphs = trainGraphs((root) => traceLoss(root, setup.model), { optimizer: rule, maxGradNorm: 0 });
      const feeds = feedsOf(setup);
      const { loss, ...expected } = await resultsOn(capiBackend(), graphs.gradients(false), feeds);
      const found = await resultsOn(inBf16, graphs.gradients(false, inBf16), feeds);
      expect(Math.abs(Number(found.loss?.data[0]) / Number(loss?.data[0]) - 1)).toBeLessThan(1e-3);
      const norms = new Map(
        Object.entries(expected).map(([at, { data }]) => [at, Math.hypot(...Array.from(data, Number))]),
      );
      const whole = Math.hypot(...norms.values());
      for (const [at, gradient] of Object.entries(expected)) {
        if ((norms.get(at) ?? 0) < 1e-3 * whole) continue;
        const rows = gradient.data.length / Number(gradient.shape.at(-1));
        const wrong = difference(gradient, found[at], [0, rows]);
        expect(wrong, at).toBeLessThan(0.03);
        expect(wrong, at).toBeGreaterThan(1e-5);
      }
    });
  }

  for (const [name, config] of Object.entries(models).filter(([, { crf }]) => !crf)) {
    test(`scores of ${name} that are as near at positions above 256 as before`, async () => {
      const setup = checkConfig(config, name);
      const { root } = new Trace({ isTapped: false });
      const { logits } = setup.model.outputs(root, setup.model.run(root, graphInputs(setup.model.inputs)));
      const feeds = feedsOf(setup);
      const expected = await resultsOn(capiBackend(), lower({ logits }), feeds);
      const found = await resultsOn(inBf16, lower({ logits }, {}, inBf16), feeds);
      const near = difference(expected.logits as HostTensor, found.logits, [0, 256]);
      const far = difference(expected.logits as HostTensor, found.logits, [256, time]);
      expect(near).toBeLessThan(0.02);
      expect(far).toBeLessThan(1.25 * near);
    });
  }
});
