import type { TrainedTokenizer } from '../../text/train/bpe.ts';

/** A tokenizer of Hugging Face Tokenizers. */
export const tokenizerFile = 'tokenizer.json';
/** Its special tokens and options, as in Transformers. */
export const tokenizerConfigFile = 'tokenizer_config.json';
/** The target's tokenizer, if the vocabularies are separate. */
const targetTokenizerFile = 'target_tokenizer.json';

const text = (json: object): string => `${JSON.stringify(json, null, 2)}\n`;

/** The tokenizer files of a model folder. */
export function tokenizerFiles({
  source,
  target,
}: {
  source: TrainedTokenizer;
  target: TrainedTokenizer;
}): Record<string, string> {
  return {
    [tokenizerFile]: text(source.json),
    [tokenizerConfigFile]: text(source.config),
    ...(target === source ? {} : { [targetTokenizerFile]: text(target.json) }),
  };
}
