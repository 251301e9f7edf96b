import { add, mul, type Tensor } from '../../../graph/index.ts';
import { type Scope, zeros } from '../../../nn/index.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { imageHead, tokenScores } from '../../heads/image-classification.ts';
import type { Pass } from '../../heads/terms/term.ts';
import type { FamilyRow } from '../family-row.ts';
import { type VitConfig, vitConfig } from '../vit/config.ts';
import { imageLayout, type LearnedTokens } from '../vit/embedding.ts';
import { vitKind } from '../vit/vit.ts';

const tokens: LearnedTokens = { names: ['cls_token', 'distillation_token'], initializer: zeros };

/** The scores of both tokens for every label, [B, N] each. */
const bothScores = (root: Scope, pass: Pass, { initializer_range: deviation }: VitConfig, labels: number) => ({
  cls: tokenScores(root, pass, { at: 'cls_classifier', token: 0, deviation }, labels),
  distillation: tokenScores(root, pass, { at: 'distillation_classifier', token: 1, deviation }, labels),
});

/** The mean of both. [B, N] */
const meanOf = ({ cls, distillation }: ReturnType<typeof bothScores>): Tensor => mul(add(cls, distillation), 0.5);

/**
 * A linear layer over each of the first two tokens; the scores are their mean.
 *
 * It has no labels: Transformers' class has no loss either.
 *
 * Source: transformers 5.24.0 modeling_deit.py, DeiTForImageClassificationWithTeacher.
 */
const withTeacher = ((): HeadRow<VitConfig, 'image-classification'> => {
  const head = imageHead(
    'DeiTForImageClassificationWithTeacher',
    (config: VitConfig) => imageLayout(config, tokens),
    (config) => (root, pass, labels) => meanOf(bothScores(root, pass, config, labels)),
  );
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      return {
        ...model,
        labelInputs: [],
        terms: [],
        outputs(root, pass) {
          const both = bothScores(root, pass, config, model.labels.length);
          return { logits: meanOf(both), cls_logits: both.cls, distillation_logits: both.distillation };
        },
      };
    },
  };
})();

/**
 * DeiT: a ViT with a second learned token, which learns from a teacher.
 *
 * Source: Touvron et al. 2021; transformers 5.24.0 modeling_deit.py.
 */
export const deitFamily: FamilyRow<VitConfig> = vitKind({
  config: vitConfig('deit', 'encoder of images of Touvron et al. 2021, as in Transformers'),
  name: 'DeiT',
  prefix: 'deit',
  tokens: () => tokens,
  heads: [withTeacher],
  headNames: ['cls_classifier.**', 'distillation_classifier.**'],
});
