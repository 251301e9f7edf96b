import { scrollStyle } from '../page/scroll-style.ts';

/** The style of pages of attention, in addition to that of all pages. */
export const attentionPageStyle = `
.guide { margin: 2.2rem 0; padding: 1.4rem 0; border-block: 1px solid var(--line); }
.guide p, .guide ul { margin: 0 0 .6rem; max-width: 52rem; }
.guide ul { padding-left: 1.2rem; }
.guide p:last-child { margin: 0; color: var(--quiet); }
.example { margin: 0 0 2rem; padding: 1.6rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; }
.example h2 { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .6rem; margin-bottom: .4rem; font-size: 1.3rem; }
.example h2 > span { min-width: 0; }
.example h3 { margin: 1.4rem 0 .5rem; font-size: 1rem; font-weight: 650; }
.arrow { color: var(--quiet); align-self: center; }
.output { font-variant-numeric: tabular-nums; }
.verdict { font-size: .85rem; font-weight: 500; }
${scrollStyle.trim()}
.example fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
.example legend { margin-bottom: .5rem; padding: 0; font-size: .82rem; color: var(--quiet); }
.heads { display: grid; grid-template-columns: 1.4rem repeat(var(--heads), minmax(0, 3.6rem)); gap: 4px; align-items: center; }
.heads .name { font-size: .75rem; color: var(--quiet); text-align: center; font-variant-numeric: tabular-nums; }
.heads label { display: block; aspect-ratio: var(--aspect); border: 1px solid var(--line); border-radius: 3px; cursor: pointer; position: relative; overflow: hidden; }
.heads input { position: absolute; opacity: 0; inset: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.heads label:has(:checked) { outline: 2px solid var(--ring); }
.heads label:has(:focus-visible) { outline: 3px solid var(--ink); }
.weights { background: var(--weight); mask: var(--image) 0 0 / 100% 100% no-repeat; -webkit-mask: var(--image) 0 0 / 100% 100% no-repeat; image-rendering: pixelated; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heads .weights { position: absolute; inset: 0; }
.detail { margin: 1.2rem 0 0; }
.map { position: relative; }
.map .weights, .numbers { position: absolute; }
.map .axes { display: block; position: relative; }
.numbers { display: none; }
.numbers svg { display: block; }
.numbers rect { fill: transparent; }
.numbers .greatest { stroke: var(--ring); stroke-width: .05; }
.numbers rect:hover { stroke: var(--ink); stroke-width: .1; }
.tokens { fill: var(--ink); }
.tokens .second { fill: var(--ring); }
.tokens .added { fill: var(--quiet); font-style: italic; }
.second-key { color: var(--ring); }
.added-key { color: var(--quiet); font-style: italic; }
.caption { display: none; margin: .2rem 0 .6rem; font-size: .9rem; color: var(--quiet); }
.caption strong { color: var(--ink); }
@media print { body { padding: 0; background: none; } .example { border: 0; padding: 0; } }
`;
