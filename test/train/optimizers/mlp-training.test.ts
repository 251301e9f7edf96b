import { describe, expect, it } from 'vitest';
import { gradient, input, mul, sum, type Tensor, type Value, value, zeros } from '../../../src/graph/index.ts';
import { affine, crossEntropy, gelu } from '../../../src/ops/index.ts';
import { bindingBackend } from '../../../src/runtime/node/binding.ts';
import { clipFactor, globalNorm, normPart } from '../../../src/train/optimizers/clip.ts';
import { type OptimizerConfig, optimizer } from '../../../src/train/optimizers/optimizers.ts';
import { learningRateAt } from '../../../src/train/optimizers/schedule.ts';
import { below, bounds, compiled, expectNear, goldenJson, goldenValues, interpreted, type Reading } from './golden.ts';

interface Case {
  readonly label_smoothing: number;
  /** Class and arguments in words: `Adam lr .05 betas .9 .98 eps 1e-9`. */
  readonly optimizer: string;
  readonly clip: number | null;
  readonly schedule: { readonly warmup: number; readonly total: number } | null;
  readonly losses_before_each_step: readonly number[];
  readonly losses_float64: readonly number[];
}

const { cases } = goldenJson('mlp_training') as { cases: Record<string, Case> };
const given = goldenValues('mlp_training');
const init = below(given, 'common/init/');
const names = Object.keys(init);

const optimNames = new Map<string, OptimizerConfig['optim']>([
  ['AdamW', 'adamw_torch'],
  ['Adam', 'adam'],
  ['SGD', 'sgd'],
]);

/** What a case's `optimizer` says; what it leaves out has PyTorch's default. */
function configOf({ optimizer: text }: Case): OptimizerConfig & { readonly learning_rate: number } {
  const [name, ...words] = text.split(' ');
  const optim = optimNames.get(name);
  if (!optim) throw new Error(`no optimizer for ${text}`);
  const said = (word: string): number[] => {
    const from = words.indexOf(word) + 1;
    const rest = from > 0 ? words.slice(from).map(Number) : [];
    return rest.slice(0, rest.findIndex(Number.isNaN) < 0 ? rest.length : rest.findIndex(Number.isNaN));
  };
  const [adam_beta1, adam_beta2] = words.includes('betas') ? said('betas') : [0.9, 0.999];
  const [weight_decay = optim === 'adamw_torch' ? 0.01 : 0] = said('wd');
  const [adam_epsilon = 1e-8] = said('eps');
  const [momentum] = said('momentum');
  const [learning_rate] = said('lr');
  return { optim, learning_rate, weight_decay, momentum, adam_beta1, adam_beta2, adam_epsilon };
}

/** Forward, backward, clipping and update of x → Linear → gelu → Linear as one graph. */
function stepGraph(name: string): Record<string, Tensor> {
  const { label_smoothing: labelSmoothing, clip: maxNorm } = cases[name];
  const rule = optimizer(configOf(cases[name]));
  const { x, y } = below(given, 'common/in/');
  const parameters = Object.fromEntries(names.map((key) => [key, input(key, init[key].shape)]));
  const layer = (at: number, to: Tensor) => affine(to, parameters[`${at}.weight`], parameters[`${at}.bias`], {});
  const logits = layer(2, gelu(layer(0, input('x', x.shape))));
  const losses = crossEntropy(logits, input('y', y.shape, 'int32'), { labelSmoothing });
  const loss = mul(sum(losses, { axes: [0] }), 1 / y.shape[0]);
  const gradients = gradient(loss, Object.values(parameters)) as Tensor[];
  const gradientScale = maxNorm === null ? undefined : input('gradient_scale', []);
  const scalars = Object.fromEntries(
    Object.keys(rule.scalars(1, 0, true)).map((key) => [key, input(`scalar/${key}`, [])]),
  );
  const outputs: Record<string, Tensor> = { loss };
  if (gradientScale) names.forEach((key, i) => (outputs[`part/${key}`] = normPart(gradients[i])));
  names.forEach((key, i) => {
    const parameter = parameters[key];
    const state = Object.fromEntries(rule.slots.map((slot) => [slot, input(`${slot}/${key}`, parameter.shape)]));
    const next = rule.update({ parameter, gradient: gradients[i], gradientScale, state, scalars });
    outputs[key] = next.parameter;
    for (const slot of rule.slots) outputs[`${slot}/${key}`] = next.state[slot];
  });
  return outputs;
}

const readings: [string, Reading, 'losses_float64' | 'losses_before_each_step', Record<string, Value>, number][] = [
  ['in float64', interpreted, 'losses_float64', goldenValues('mlp_training.f64'), bounds.float64],
  ['on the engine', compiled(bindingBackend()), 'losses_before_each_step', given, bounds.float32],
];

describe.each(readings)('a two-layer network %s', (_, read, lossesOf, expected, bound) => {
  it.each(Object.entries(cases))('trained with %s has the losses and parameters of PyTorch', async (name, settings) => {
    const { learning_rate, ...config } = configOf(settings);
    const rule = optimizer(config);
    const { warmup = 0, total = 1 } = settings.schedule ?? {};
    const rate = learningRateAt({
      lr_scheduler_type: settings.schedule ? 'linear' : 'constant',
      learning_rate,
      warmup_steps: warmup,
      max_steps: total,
    });
    const runner = await read(stepGraph(name));
    let state: Record<string, Value> = { ...init };
    for (const slot of rule.slots) for (const key of names) state[`${slot}/${key}`] = zeros(init[key].shape);
    for (const [step, loss] of settings[lossesOf].entries()) {
      const scalars = Object.fromEntries(
        Object.entries(rule.scalars(step + 1, rate(step), true)).map(([key, x]) => [`scalar/${key}`, value([], [x])]),
      );
      const fed = { ...state, ...scalars, ...below(given, 'common/in/') };
      const scaled = (scale: number) => (settings.clip === null ? fed : { ...fed, gradient_scale: value([], [scale]) });
      const parts = await runner.run(scaled(1));
      const norm = globalNorm(names.map((key) => parts[`part/${key}`]?.data[0] ?? 0));
      const { loss: actual, ...next } = await runner.run(scaled(clipFactor(norm, settings.clip ?? 1)));
      expect(Math.abs(actual.data[0] - loss), `loss before step ${step}`).toBeLessThan(bound);
      state = Object.fromEntries(Object.entries(next).filter(([key]) => !key.startsWith('part/')));
      for (const key of names) {
        const what = `${name}/param_after/${step}/${key}`;
        expectNear(state[key], expected[what], bound, what);
      }
    }
    await runner.dispose();
  });
});
