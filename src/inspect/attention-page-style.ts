import { fontStack } from './attention-svg.ts';

/** The look of the attention page, light and dark. */
export const pageStyle = `
:root { --paper: #fbfaf7; --sheet: #ffffff; --ink: #1d1c22; --quiet: #6a6875; --line: #e4e1da; --weight: #3f3aa8; --ring: #e8762c; --right: #1f7a4d; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16151b; --sheet: #1f1e26; --ink: #eceaf3; --quiet: #a19eae; --line: #34323e; --weight: #a9a4ff; --ring: #ffa25e; --right: #6fd6a3; --wrong: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink); font: 16px/1.55 ${fontStack}; }
h1 { margin: 0 0 .4rem; font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; font-weight: 650; }
.lead { margin: 0; max-width: 44rem; font-size: 1.1rem; color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.4rem 0 0; }
.facts dt { font-size: .82rem; color: var(--quiet); }
.facts dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
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
.right { color: var(--right); }
.wrong { color: var(--wrong); }
figure { margin: 0; }
.mean figcaption { margin-bottom: .2rem; }
.scroll { overflow-x: auto; }
.heads { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; margin-top: 1.2rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
.heads figcaption { margin-bottom: .25rem; font-variant-numeric: tabular-nums; }
svg { display: block; max-width: none; }
.weights { fill: var(--weight); }
.weights rect:hover { stroke: var(--ring); stroke-width: 2; }
.greatest { stroke: var(--ring); }
.tokens { font-variant-numeric: tabular-nums; }
@media print { body { padding: 0; background: none; } .example { border: 0; padding: 0; } }
`;
