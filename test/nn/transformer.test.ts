import { describe, expect, test } from 'vitest';
import { input, mul, reshape, type Tensor } from '../../src/graph/index.ts';
import { type BlockConfig, keyValue, layerNorm, type Scope, Trace, transformerBlock } from '../../src/nn/index.ts';
import { cast, sub } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import {
  expectGolden,
  type GoldenCase,
  goldenCases,
  goldenSettings,
  splitProjections,
  type TracedCase,
  type Values,
} from './golden-case.ts';

interface Setting {
  readonly d_model: number;
  readonly nhead: number;
  readonly num_encoder_layers: number;
  readonly num_decoder_layers: number;
  readonly dim_feedforward: number;
  readonly activation: string;
  readonly norm_first: boolean;
  readonly layer_norm_eps: number;
}

const settings = await goldenSettings<Setting>('transformer');

/** PyTorch's names of a layer's parts, by stack → ours. */
const parts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  encoder: { linear1: 'fc1', linear2: 'fc2', norm1: 'self_attn_layer_norm', norm2: 'final_layer_norm' },
  decoder: {
    linear1: 'fc1',
    linear2: 'fc2',
    multihead_attn: 'encoder_attn',
    norm1: 'self_attn_layer_norm',
    norm2: 'encoder_attn_layer_norm',
    norm3: 'final_layer_norm',
  },
};

const rename = (parameters: Values): Values =>
  Object.fromEntries(
    Object.entries(splitProjections(parameters)).map(([name, found]) => {
      const [stack, ...path] = name.split('.');
      return [[stack, ...path.map((part) => parts[stack][part] ?? part)].join('.'), found];
    }),
  );

const cases = await goldenCases('transformer', rename);

function stack(
  scope: Scope,
  { layers, ...config }: BlockConfig & { readonly layers: number },
  x: Tensor,
  mask: Tensor,
  memory?: { readonly states: Tensor; readonly mask: Tensor },
): Tensor {
  let h = x;
  for (let i = 0; i < layers; i++) {
    h = scope.layer(`layers.${i}`, (at) => {
      const cross = memory && {
        memory: {
          keyValue: keyValue(at.at('encoder_attn'), config.attention, memory.states),
          mask: memory.mask,
        },
      };
      return transformerBlock(at, config, h, mask, cross).output;
    });
  }
  return layerNorm(scope.at('norm'), { width: config.attention.width, eps: config.eps }, h);
}

function trace({ inputs: given }: GoldenCase, name: string): TracedCase {
  const trace = new Trace();
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const { d_model: width, nhead: heads, dim_feedforward: innerWidth, activation, ...setting } = settings[name];
  const config: BlockConfig = {
    attention: { width, heads },
    feedForward: { width, innerWidth, activation },
    normPlace: setting.norm_first ? 'pre' : 'post',
    eps: setting.layer_norm_eps,
    dropout: 0,
  };
  const [encoder, decoder] = [setting.num_encoder_layers, setting.num_decoder_layers];
  const allowed = (forbidden: Tensor, shape: Tensor['shape']) =>
    reshape(sub(1, cast(forbidden, { dtype: 'float' })), { shape });
  const { src, tgt, src_key_padding_mask: source, tgt_key_padding_mask: target, tgt_mask: causal } = inputs;
  const sourceMask = allowed(source, [source.shape[0], 1, 1, source.shape[1]]);
  const targetMask = mul(
    allowed(causal, [1, 1, ...causal.shape]),
    allowed(target, [target.shape[0], 1, 1, target.shape[1]]),
  );
  const memory = stack(trace.root.at('encoder'), { ...config, layers: encoder }, src, sourceMask);
  const y = stack(trace.root.at('decoder'), { ...config, layers: decoder }, tgt, targetMask, {
    states: memory,
    mask: sourceMask,
  });
  return {
    inputs,
    outputs: { memory, y },
    parameters: Object.fromEntries([...trace.parameters].map(([name, { tensor }]) => [name, tensor])),
  };
}

const seedsFor = ({ outputs }: TracedCase) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, input(`cot/${name}`, shape)]));

describe('an encoder–decoder of Transformer blocks', () => {
  test('every case of the golden is tested', () =>
    expect([...cases.keys()].sort()).toEqual(Object.keys(settings).sort()));

  test.each([...cases])('%s: float64 gives what nn.Transformer gives, gradients included', async (name, golden) => {
    const traced = trace(golden, name);
    await expectGolden(golden, traced, seedsFor(traced));
  });

  test.each([...cases])('%s: an engine gives what nn.Transformer gives, gradients included', async (name, golden) => {
    const traced = trace(golden, name);
    await expectGolden(golden, traced, seedsFor(traced), nodeBackend());
  });
});
