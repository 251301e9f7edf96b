/** Scores of texts with sacreBLEU’s numbers and signatures. */
export * from './accuracy.ts';
export * from './bleu.ts';
export * from './chrf.ts';
export * from './exact-match.ts';
export * from './metric.ts';
export * from './porter-stemmer.ts';
export * from './rates.ts';
export * from './rouge.ts';
export * from './rouge-tokenizer.ts';
export * from './score.ts';
export * from './segment.ts';
export * from './ter.ts';
