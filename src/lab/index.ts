/** The laboratory: claims of the literature as experiments with figures. */
export * from './bar-chart.ts';
export * from './chart.ts';
export * from './evaluation.ts';
export * from './experiment.ts';
export * from './experiments.ts';
export * from './feed.ts';
export * from './figure.ts';
export * from './fit.ts';
export * from './heat-map.ts';
export * from './laboratory.ts';
export * from './line-chart.ts';
export * from './number-text.ts';
export * from './page.ts';
export * from './result.ts';
export * from './spread.ts';
export * from './table.ts';
export * from './weights.ts';
