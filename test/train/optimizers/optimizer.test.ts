import { describe, expect, it } from 'vitest';
import { input, type Tensor, topological, type Value, value, zeros } from '../../../src/graph/index.ts';
import { bindingBackend } from '../../../src/runtime/node/binding.ts';
import { clipFactor, globalNorm, normPart } from '../../../src/train/optimizers/clip.ts';
import type { Optimizer } from '../../../src/train/optimizers/optimizer.ts';
import { type OptimizerConfig, optimizer } from '../../../src/train/optimizers/optimizers.ts';
import { below, bounds, compiled, expectNear, goldenJson, goldenValues, interpreted, type Reading } from './golden.ts';

interface Case {
  readonly optimizer?: string;
  readonly args?: {
    readonly lr: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly weight_decay?: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly nesterov?: boolean;
    readonly amsgrad?: boolean;
  };
  readonly clip_grad_norm_?: { readonly max_norm: number; readonly norm_type: string };
}

const { cases } = goldenJson('optim') as { cases: Record<string, Case> };
const given = goldenValues('optim');
const expected64 = goldenValues('optim.f64');
const init = below(given, 'common/init/');
const names = Object.keys(init);
/** Gradients of the sequence, counted from 0. */
const steps = new Set(Object.keys(below(given, 'common/grad/')).map((name) => name.split('/')[0])).size;

const optimNames = new Map<string | undefined, OptimizerConfig['optim']>([
  ['torch.optim.sgd.SGD', 'sgd'],
  ['torch.optim.adam.Adam', 'adam'],
  ['torch.optim.adamw.AdamW', 'adamw_torch'],
]);

const normTypeOf = (name = ''): 1 | 2 | 'inf' => (name === 'inf' ? 'inf' : (Number(name) as 1 | 2));

const readings: [string, Reading, Record<string, Value>, number][] = [
  ['in float64', interpreted, expected64, bounds.float64],
  ['on the engine', compiled(bindingBackend()), given, bounds.float32],
];

function configOf({ optimizer: name, args }: Case): OptimizerConfig {
  const optim = optimNames.get(name);
  if (!optim || !args) throw new Error(`no optimizer for ${name}`);
  const decay = optim === 'adamw_torch' ? 0.01 : 0;
  const [adam_beta1, adam_beta2] = args.betas ?? [0.9, 0.999];
  return { weight_decay: decay, ...args, optim, adam_beta1, adam_beta2, adam_epsilon: args.eps ?? 1e-8 };
}

const scalarInputs = (rule: Optimizer): Record<string, Tensor> =>
  Object.fromEntries(Object.keys(rule.scalars(1, 0, true)).map((name) => [name, input(`scalar/${name}`, [])]));

const scalarFeeds = (rule: Optimizer, update: number, rate: number, hasDecay = true): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(rule.scalars(update, rate, hasDecay)).map(([name, x]) => [`scalar/${name}`, value([], [x])]),
  );

/** The update of every parameter, outputs named as the inputs they replace. */
function updateGraph(rule: Optimizer, scale?: Tensor): Record<string, Tensor> {
  const scalars = scalarInputs(rule);
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const { shape } = init[name];
    const next = rule.update({
      parameter: input(name, shape),
      gradient: input(`gradient/${name}`, shape),
      gradientScale: scale,
      state: Object.fromEntries(rule.slots.map((slot) => [slot, input(`${slot}/${name}`, shape)])),
      scalars,
    });
    outputs[name] = next.parameter;
    for (const slot of rule.slots) outputs[`${slot}/${name}`] = next.state[slot];
  }
  return outputs;
}

const start = (rule: Optimizer): Record<string, Value> => ({
  ...init,
  ...Object.fromEntries(
    rule.slots.flatMap((slot) => names.map((name) => [`${slot}/${name}`, zeros(init[name].shape)])),
  ),
});

const gradientsAt = (step: number): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [`gradient/${name}`, given[`common/grad/${step}/${name}`]]));

describe.each(readings)('optimizers %s', (_, read, expected, bound) => {
  const built = Object.entries(cases).filter(([, { optimizer: name }]) => optimNames.has(name));

  it('cover every SGD, Adam and AdamW of the goldens', () => {
    expect(built.map(([name]) => name)).toEqual(Object.keys(cases).filter((name) => /^(sgd|adamw?)(_|$)/.test(name)));
    expect(new Set(built.map(([, { optimizer: name }]) => name))).toEqual(new Set(optimNames.keys()));
  });

  it.each(built)("%s follows PyTorch's parameters for all its updates", async (name, settings) => {
    const rule = optimizer(configOf(settings));
    const runner = await read(updateGraph(rule));
    let state = start(rule);
    for (let step = 0; step < steps; step++) {
      state = await runner.run({
        ...state,
        ...gradientsAt(step),
        ...scalarFeeds(rule, step + 1, settings.args?.lr ?? 0),
      });
      for (const parameter of names) {
        const what = `${name}/param_after/${step}/${parameter}`;
        expectNear(state[parameter], expected[what], bound, what);
      }
    }
    await runner.dispose();
  });

  it.each(['sgd', 'adam', 'adamw_torch'] as const)('%s multiplies a gradient by its scale', async (optim) => {
    const settings = { momentum: 0.9, weight_decay: 0.1, adam_beta1: 0.9, adam_beta2: 0.99, adam_epsilon: 1e-8 };
    const rule = optimizer({ optim, ...settings });
    const scaled = await read(updateGraph(rule, input('scale', [])));
    const plain = await read(updateGraph(rule));
    const scalars = scalarFeeds(rule, 1, 0.1);
    const quarter = Object.fromEntries(
      Object.entries(gradientsAt(0)).map(([name, { shape, data }]) => [
        name,
        value(
          shape,
          data.map((x) => x / 4),
        ),
      ]),
    );
    const a = await scaled.run({ ...start(rule), ...gradientsAt(0), ...scalars, scale: value([], [0.25]) });
    const b = await plain.run({ ...start(rule), ...quarter, ...scalars });
    for (const name of Object.keys(b)) expectNear(a[name], b[name], bound, name);
    await Promise.all([scaled.dispose(), plain.dispose()]);
  });

  const clips = Object.entries(cases).filter(([, { clip_grad_norm_: clip }]) => clip);

  it('clip by every norm of the goldens', () => {
    const norms = clips.map(([, { clip_grad_norm_: clip }]) => normTypeOf(clip?.norm_type));
    expect(new Set(norms)).toEqual(new Set([1, 2, 'inf']));
  });

  it.each(clips)('%s clips the gradients together', async (name, { clip_grad_norm_: clip }) => {
    const gradients = names.map((parameter) => input(`gradient/${parameter}`, init[parameter].shape));
    const normType = normTypeOf(clip?.norm_type);
    const runner = await read(
      Object.fromEntries(gradients.map((gradient, i) => [names[i], normPart(gradient, normType)])),
    );
    const fed = gradientsAt(0);
    const parts = await runner.run(fed);
    const norm = globalNorm(
      names.map((parameter) => parts[parameter].data[0]),
      normType,
    );
    expectNear(value([], [norm]), expected[`${name}/total_norm`], bound, 'norm');
    const factor = clipFactor(norm, clip?.max_norm ?? 0);
    for (const parameter of names) {
      const { shape, data } = fed[`gradient/${parameter}`];
      const clipped = value(
        shape,
        data.map((x) => x * factor),
      );
      expectNear(clipped, expected[`${name}/grad_after/${parameter}`], bound, parameter);
    }
    await runner.dispose();
  });
});

describe('the factor of clipping', () => {
  it('is the norm allowed over the norm and 1e-6, and never above 1', () => {
    expect([clipFactor(2, 1), clipFactor(1, 1), clipFactor(0.5, 1), clipFactor(0, 0)]).toEqual([
      ...[1 / 2.000001, 1 / 1.000001, 1, 0],
    ]);
  });
});

describe('the norm of a million gradients', () => {
  it('is exact to 1e-4 on the engine, which adds them up in one float32: more than a factor of clipping needs', async () => {
    const data = Float64Array.from({ length: 2 ** 20 }, (_, i) => Math.fround(Math.sin(i) ** 9));
    const exact = Math.sqrt(data.reduce((squares, x) => squares + x * x, 0));
    const runner = await compiled(bindingBackend())({ part: normPart(input('g', ['count'])) });
    const { part } = await runner.run({ g: value([2 ** 20], data) });
    expect(Math.abs(globalNorm([part.data[0]]) / exact - 1)).toBeLessThan(1e-4);
    await runner.dispose();
  });
});

describe('an update', () => {
  const adamw = { optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.99, adam_epsilon: 1e-8 } as const;

  it('of Adam keeps the sums of gradients and of their squares, without the factors 1 − β', async () => {
    const rule = optimizer({ ...adamw, weight_decay: 0 });
    const runner = await interpreted(updateGraph(rule));
    const first = await runner.run({ ...start(rule), ...gradientsAt(0), ...scalarFeeds(rule, 1, 0.1) });
    const second = await runner.run({ ...first, ...gradientsAt(1), ...scalarFeeds(rule, 2, 0.1) });
    for (const name of names) {
      const [g, h] = [0, 1].map((step) => given[`common/grad/${step}/${name}`]);
      const sums = g.data.map((x, i) => 0.9 * x + h.data[i]);
      const squares = g.data.map((x, i) => 0.99 * x ** 2 + h.data[i] ** 2);
      expectNear(second[`exp_avg/${name}`], value(g.shape, sums), 1e-14, name);
      expectNear(second[`exp_avg_sq/${name}`], value(g.shape, squares), 1e-14, name);
    }
  });

  it.each([
    ['plain', 0, undefined, 10],
    ['with clipping', 0, input('scale', []), 11],
    ['with decay', 0.1, undefined, 11],
  ] as const)('of AdamW %s passes over memory so often: every elementwise node once', (_, decay, scale, passes) => {
    const graph = updateGraph(optimizer({ ...adamw, weight_decay: decay }), scale);
    const [name] = names;
    const outputs = [name, `exp_avg/${name}`, `exp_avg_sq/${name}`].map((output) => graph[output]);
    const nodes = topological(outputs).filter(({ inputs, outputs: [y] }) => inputs.length && y.rank);
    expect(nodes).toHaveLength(passes);
  });

  it.each([{ momentum: 0 }, { momentum: 0.9, dampening: 0.1 }])('of SGD refuses Nesterov with %o', (options) => {
    expect(() => optimizer({ ...adamw, optim: 'sgd', weight_decay: 0, nesterov: true, ...options })).toThrow(
      'sgd: nesterov needs momentum and no dampening, got momentum',
    );
  });

  it('moves no parameter at learning rate 0, not even one whose gradient is 0', async () => {
    const rule = optimizer({ ...adamw, weight_decay: 0.1 });
    const runner = await compiled(bindingBackend())(updateGraph(rule));
    const none = Object.fromEntries(names.map((name) => [`gradient/${name}`, zeros(init[name].shape)]));
    for (const gradients of [gradientsAt(0), none]) {
      const after = await runner.run({ ...start(rule), ...gradients, ...scalarFeeds(rule, 1, 0) });
      for (const name of names) expect(after[name].data).toEqual(init[name].data);
    }
    await runner.dispose();
  });

  it.each(['sgd', 'adam', 'adamw_torch'] as const)('of %s without decay is that with weight_decay 0', async (optim) => {
    const results: Record<string, Value>[] = [];
    for (const [weight_decay, hasDecay] of [
      [0.3, false],
      [0, true],
    ] as const) {
      const rule = optimizer({ ...adamw, optim, weight_decay });
      const runner = await interpreted(updateGraph(rule));
      results.push(await runner.run({ ...start(rule), ...gradientsAt(0), ...scalarFeeds(rule, 1, 0.1, hasDecay) }));
    }
    for (const name of names) expect(results[0][name].data).toEqual(results[1][name].data);
  });
});
