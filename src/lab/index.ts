/** The laboratory: claims from the literature as experiments with figures. */
export * from './charts/bar-chart.ts';
export * from './charts/chart.ts';
export * from './charts/heat-map.ts';
export * from './charts/line-chart.ts';
export * from './evaluation.ts';
export * from './experiment.ts';
export * from './experiments.ts';
export * from './feed.ts';
export * from './fit.ts';
export * from './laboratory.ts';
export * from './number-text.ts';
export * from './pages/figure.ts';
export * from './pages/page.ts';
export * from './pages/result.ts';
export * from './pages/table.ts';
export * from './spread.ts';
export * from './weights.ts';
