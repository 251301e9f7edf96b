import {
  type Binding,
  evaluateDim,
  gradient,
  mulDim,
  multiplications,
  peakBytes,
  sum,
  symbolsOf,
  type Tensor,
  topological,
} from '../../graph/index.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';
import { type ModelSetup, modelParameters } from '../families/setup.ts';
import { traceLoss } from '../heads/terms/loss.ts';
import { chunkRows } from '../heads/terms/token-term.ts';
import { graphInputs } from '../inputs/input-spec.ts';
import type { Model } from '../model.ts';
import { forLength } from '../text-length.ts';

/** The batch that a model's cost is given for. */
export interface CostSize {
  /** Tokens of each text, or of each source and each target; patches of an image. */
  readonly length: number;
  readonly batch: number;
}

/** What a model costs, from its own graphs. Bytes are in memory, where all weights are float32. */
export interface ModelCost extends CostSize {
  /** What a sequence consists of. */
  readonly unit: 'tokens' | 'patches';
  readonly flops: {
    /** FLOPs of a forward pass as a polynomial in its sizes: twice the multiplications of its matrix products. */
    readonly pass: string;
    /** Of one text of the length, divided by its tokens; of one image, divided by its patches. */
    readonly per_token: number;
  };
  /** `activations` is an estimate of the most that results take at once; see `peakBytes`. */
  readonly run: { readonly weights: number; readonly activations: number };
  /** With AdamW in float32; dropout is on. */
  readonly train: {
    readonly weights: number;
    readonly gradients: number;
    readonly optimizer: number;
    readonly activations: number;
  };
}

/** Rows of a loss's chunk, characters of a word, words of a text: sizes that only some graphs have. */
const sizes: Readonly<Record<string, (size: CostSize) => number>> = {
  batch: ({ batch }) => batch,
  rows: ({ batch }) => batch,
  chunks: ({ batch, length }) => Math.ceil((batch * length) / chunkRows),
  chunk: ({ batch, length }) => Math.min(chunkRows, batch * length),
  characters: ({ length }) => 6 * length,
};

/** Tokens of a block, by the symbol that counts the blocks of a text: 64 of `64*blocks`. */
function blockSizes({ inputs }: Model): ReadonlyMap<string, number> {
  const found = inputs.flatMap(({ shape }) => shape.map((size) => /^(\d+)\*(\w+)$/.exec(String(size))));
  return new Map(found.flatMap((match) => (match ? [[String(match[2]), Number(match[1])]] : [])));
}

/** The sizes of a graph's inputs. Those that are not in the table are a text's length, or its blocks. */
function bindingOf(model: Model, outputs: readonly Tensor[], size: CostSize): Binding {
  const own: Readonly<Record<string, number>> = Object.assign({}, ...model.inputs.map((spec) => spec.sizes));
  const blocks = blockSizes(model);
  const shapes = topological(outputs).flatMap((node) => node.outputs.flatMap(({ shape }) => shape));
  const symbols = new Set(shapes.flatMap(symbolsOf));
  return new Map(
    [...symbols].map((name) => [
      name,
      own[name] ?? sizes[name]?.(size) ?? Math.ceil(size.length / (blocks.get(name) ?? 1)),
    ]),
  );
}

const bytesOf = (parameters: Iterable<Parameter>): number =>
  [...parameters].reduce((total, { shape }) => total + 4 * shape.reduce((count, n) => count * n, 1), 0);

/** Moments that AdamW keeps of each trained weight. */
const adamwSlots = 2;

/** A loss; of a model without one, that of a head over all its vectors. */
const lossOf = (model: Model, root: Scope): Tensor =>
  model.terms.length > 0
    ? traceLoss(root, model)
    : sum(model.hidden(root, graphInputs(model.inputs)), { axes: [0, 1, 2] });

/** The parameters of a model and the results that their gradients need. */
function trainingMemory(model: Model, size: CostSize): { readonly trained: number; readonly activations: number } {
  const trace = new Trace({ isTraining: true, isTapped: false });
  const loss = lossOf(model, trace.root);
  const trained = [...trace.parameters.values()].filter(({ isTrained }) => isTrained);
  const found = gradient(
    loss,
    trained.map(({ tensor }) => tensor),
  ).filter((g) => g !== null);
  const results = [loss, ...found];
  const bytes = bytesOf(trained);
  return { trained: bytes, activations: Math.max(0, peakBytes(results, bindingOf(model, results, size)) - bytes) };
}

/** What a model costs, for a batch of texts of one length, or of images. Nothing is compiled or run. */
export function modelCost(setup: Pick<ModelSetup, 'model'>, size: CostSize): ModelCost {
  const { model } = forLength(setup, size.length);
  const { root } = new Trace();
  const outputs = Object.values(model.outputs(root, model.run(root, graphInputs(model.inputs))));
  const flops = mulDim(2, multiplications(outputs));
  const one = { ...size, batch: 1 };
  const weights = bytesOf(modelParameters(setup).values());
  const { trained, activations } = trainingMemory(model, size);
  return {
    ...size,
    unit: model.inputs.some(({ sizes }) => sizes) ? 'patches' : 'tokens',
    flops: {
      pass: String(flops),
      per_token: Math.round(evaluateDim(flops, bindingOf(model, outputs, one)) / size.length),
    },
    run: { weights, activations: peakBytes(outputs, bindingOf(model, outputs, size)) },
    train: { weights, gradients: trained, optimizer: adamwSlots * trained, activations },
  };
}
