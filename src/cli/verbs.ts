import type { Verb } from './verb.ts';
import { average } from './verbs/average.ts';
import { demo } from './verbs/demo.ts';
import { engines } from './verbs/engines.ts';
import { evaluate } from './verbs/evaluate.ts';
import { forward } from './verbs/forward.ts';
import { info } from './verbs/info.ts';
import { inspect } from './verbs/inspect.ts';
import { lab } from './verbs/lab.ts';
import { predict } from './verbs/predict.ts';
import { quantize } from './verbs/quantize.ts';
import { schema } from './verbs/schema.ts';
import { score } from './verbs/score.ts';
import { tokenizer } from './verbs/tokenizer.ts';
import { train } from './verbs/train.ts';

/** The verbs, in the order of the help text. To add a verb, write its file and add it here. */
export const verbs: readonly Verb[] = [
  demo,
  train,
  evaluate,
  predict,
  forward,
  score,
  info,
  inspect,
  lab,
  engines,
  tokenizer,
  average,
  quantize,
  schema,
];
