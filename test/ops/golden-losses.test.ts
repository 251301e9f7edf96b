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

const crossEntropyCase =
  (options: CrossEntropyOptions = {}): CaseFunction =>
  ({ logits, target, weight }) => ({ loss: crossEntropyLoss(logits, target, { ...options, weight }) });

await testGoldenFunctions(
  'losses',
  {
    ce: crossEntropyCase(),
    ce_sum: crossEntropyCase({ reduction: 'sum' }),
    ce_none_ignore: crossEntropyCase({ reduction: 'none' }),
    ce_ignore: crossEntropyCase(),
    ce_smooth: crossEntropyCase({ labelSmoothing: 0.1 }),
    ce_smooth_ignore: crossEntropyCase({ labelSmoothing: 0.1 }),
    ce_smooth_none_ignore: crossEntropyCase({ labelSmoothing: 0.1, reduction: 'none' }),
    ce_ignore_class: crossEntropyCase({ ignoreIndex: 2, labelSmoothing: 0.1 }),
    ce_all_ignored_sum: crossEntropyCase({ reduction: 'sum' }),
    ce_weight: crossEntropyCase(),
    ce_weight_smooth_ignore: crossEntropyCase({ labelSmoothing: 0.15 }),
    ce_weight_smooth_sum: crossEntropyCase({ labelSmoothing: 0.15, reduction: 'sum' }),
    ce_3d: crossEntropyCase(),
    ce_soft_targets: ({ logits, target }) => ({ loss: softCrossEntropyLoss(logits, target, { labelSmoothing: 0.1 }) }),
    nll: ({ logp, target }) => ({ loss: nllLoss(logp, target) }),
    hf_label_smoother: ({ logits, labels }) => ({ loss: smoothedTokenLoss(logits, labels) }),
    hf_label_smoother_shift: ({ logits, labels }) => ({
      loss: smoothedTokenLoss(logits, labels, { shiftLabels: true }),
    }),
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
    kl_distill: ({ student, teacher }) => ({ loss: distillationLoss(student, teacher, { temperature: 2 }) }),
    cosine_embedding: ({ a, b, y }) => ({
      loss: cosineEmbeddingLoss(a, b, y, { margin: 0.1 }),
      cos: cosineSimilarity(a, b),
    }),
  },
  { ctc: 'no model here has a CTC loss' },
  // Their `LabelSmoother` adds up log-probabilities in float32 also where everything else is float64.
  { hf_label_smoother: { float64: 2e-8 }, hf_label_smoother_shift: { float64: 2e-8 } },
);
