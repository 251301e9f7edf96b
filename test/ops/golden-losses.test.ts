import {
  binaryCrossEntropyLoss,
  type CrossEntropyOptions,
  cosineEmbeddingLoss,
  cosineSimilarity,
  crossEntropyLoss,
  distillationLoss,
  huberLoss,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothedTokenLoss,
  smoothL1Loss,
  softCrossEntropyLoss,
} from '../../src/nn/index.ts';
import { type CaseFunction, testGoldenFunctions } from './golden-function.ts';

/** What the golden's JSON says of a case: PyTorch's and Transformers' arguments. */
interface Setting {
  readonly args?: {
    readonly reduction?: CrossEntropyOptions['reduction'];
    readonly label_smoothing?: number;
    readonly ignore_index?: number;
  };
  readonly epsilon?: number;
  readonly shift_labels?: boolean;
  readonly temperature?: number;
  readonly margin?: number;
}

const crossEntropyCase: CaseFunction<Setting> = ({ logits, target, weight }, _, { args = {} }) => {
  const { reduction, label_smoothing: labelSmoothing, ignore_index: ignoreIndex } = args;
  return { loss: crossEntropyLoss(logits, target, { reduction, labelSmoothing, ignoreIndex, weight }) };
};

const tokenLossCase: CaseFunction<Setting> = ({ logits, labels }, _, { epsilon, shift_labels: shiftLabels }) => ({
  loss: smoothedTokenLoss(logits, labels, { epsilon, shiftLabels }),
});

await testGoldenFunctions(
  'losses',
  {
    ce: crossEntropyCase,
    ce_sum: crossEntropyCase,
    ce_none_ignore: crossEntropyCase,
    ce_ignore: crossEntropyCase,
    ce_smooth: crossEntropyCase,
    ce_smooth_ignore: crossEntropyCase,
    ce_smooth_none_ignore: crossEntropyCase,
    ce_ignore_class: crossEntropyCase,
    ce_all_ignored_sum: crossEntropyCase,
    ce_weight: crossEntropyCase,
    ce_weight_smooth_ignore: crossEntropyCase,
    ce_weight_smooth_sum: crossEntropyCase,
    ce_3d: crossEntropyCase,
    ce_soft_targets: ({ logits, target }, _, { args }) => ({
      loss: softCrossEntropyLoss(logits, target, { labelSmoothing: args?.label_smoothing }),
    }),
    nll: ({ logp, target }) => ({ loss: nllLoss(logp, target) }),
    hf_label_smoother: tokenLossCase,
    hf_label_smoother_shift: tokenLossCase,
    bce_logits: ({ logits, target, pos_weight }) => ({
      loss: binaryCrossEntropyLoss(logits, target, { positiveWeight: pos_weight }),
      none: binaryCrossEntropyLoss(logits, target, { reduction: 'none' }),
    }),
    mse_l1_huber: ({ a, b }) => ({
      mse: mseLoss(a, b),
      l1: l1Loss(a, b),
      huber: huberLoss(a, b, { delta: 0.7 }),
      smooth_l1: smoothL1Loss(a, b),
    }),
    kl_distill: ({ student, teacher }, _, { temperature }) => ({
      loss: distillationLoss(student, teacher, { temperature }),
    }),
    cosine_embedding: ({ a, b, y }, _, { margin }) => ({
      loss: cosineEmbeddingLoss(a, b, y, { margin }),
      cos: cosineSimilarity(a, b),
    }),
  },
  { ctc: 'no model here has a CTC loss' },
  // Their `LabelSmoother` adds up log-probabilities in float32 also where everything else is float64.
  { hf_label_smoother: { float64: 2e-8 }, hf_label_smoother_shift: { float64: 2e-8 } },
);
