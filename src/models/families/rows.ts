/** Every family: a line each, in any order. */
import { positionSchemes } from '../../nn/index.ts';
import { transformerEncoderFamily } from './transformer/encoder.ts';
import { transformerLmFamily } from './transformer/lm.ts';
import { transformerSeq2SeqFamily } from './transformer/seq2seq.ts';

export { albertFamily } from './albert/albert.ts';
export { bartFamily } from './bart/bart.ts';
export { bertFamily } from './bert/bert.ts';
export { bigBirdFamily } from './big-bird/big-bird.ts';
export { deitFamily } from './deit/deit.ts';
export { distilbertFamily } from './distilbert/distilbert.ts';
export { electraFamily } from './electra/electra.ts';
export { gpt2Family } from './gpt2/gpt2.ts';
export { marianFamily } from './marian/marian.ts';
export { mbartFamily } from './mbart/mbart.ts';
export { pegasusFamily } from './pegasus/pegasus.ts';
export { recurrentEncoderFamily } from './recurrent/encoder.ts';
export { recurrentLmFamily } from './recurrent/lm.ts';
export { recurrentSeq2SeqFamily } from './recurrent/seq2seq.ts';
export { robertaFamily, xlmRobertaFamily } from './roberta/roberta.ts';
export { t5Family } from './t5/t5.ts';
export { vitFamily } from './vit/vit.ts';
export const transformerEncoder = transformerEncoderFamily(positionSchemes);
export const transformerLm = transformerLmFamily(positionSchemes);
export const transformerSeq2Seq = transformerSeq2SeqFamily(positionSchemes);
