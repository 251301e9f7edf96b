import { scrollStyle } from './scroll-style.ts';

/** The style of maps, in addition to that of all pages. */
export const mapStyle = `
.guide { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; justify-content: space-between; margin: 2.2rem 0; padding: 1.4rem 0; border-block: 1px solid var(--line); }
.guide > div { flex: 1 1 26rem; max-width: 46rem; }
.guide p { margin: 0 0 .6rem; }
.guide p:last-child { margin: 0; color: var(--quiet); }
.guide figure { margin: .3rem 0 0; }
.ring { display: inline-block; width: .75em; height: .75em; border: 2px solid var(--ring); border-radius: 50%; vertical-align: -.05em; }
figcaption { font-size: .82rem; color: var(--quiet); }
.example { margin: 0 0 2rem; padding: 1.6rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; break-inside: avoid; }
.example h2 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .6rem; margin-bottom: 1.1rem; font-size: 1.3rem; }
.arrow { color: var(--quiet); align-self: center; }
.output { font-variant-numeric: tabular-nums; }
.verdict { font-size: .85rem; font-weight: 500; }
figure { margin: 0; }
.mean figcaption { margin-bottom: .2rem; }
${scrollStyle.trim()}
.heads { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; margin-top: 1.2rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
.heads figcaption { margin-bottom: .25rem; font-variant-numeric: tabular-nums; }
svg { display: block; max-width: none; }
.weights { fill: var(--weight); }
.weights rect:hover { stroke: var(--ring); stroke-width: 2; }
.greatest { stroke: var(--ring); }
.tokens { font-variant-numeric: tabular-nums; }
@media print { body { padding: 0; background: none; } .example { border: 0; padding: 0; } }
`;
