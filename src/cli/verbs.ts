import { average } from './average.ts';
import { demo } from './demo.ts';
import { engines } from './engines.ts';
import { evaluate } from './evaluate.ts';
import { forward } from './forward.ts';
import { info } from './info.ts';
import { inspect } from './inspect.ts';
import { lab } from './lab.ts';
import { predict } from './predict.ts';
import { quantize } from './quantize.ts';
import { schema } from './schema.ts';
import { score } from './score.ts';
import { tokenizer } from './tokenizer.ts';
import { train } from './train.ts';
import type { Verb } from './verb.ts';

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
