import { scrollStyle } from './scroll-style.ts';

/** The style of maps of self-attention, in addition to that of all pages. */
export const selfAttentionStyle = `
.guide { margin: 2.2rem 0; padding: 1.4rem 0; border-block: 1px solid var(--line); }
.guide p { margin: 0 0 .6rem; max-width: 52rem; }
.guide p:last-child { margin: 0; color: var(--quiet); }
.example { margin: 0 0 2rem; padding: 1.6rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; }
.example h2 { margin-bottom: .4rem; font-size: 1.3rem; }
.prediction { margin: 0 0 1.2rem; color: var(--quiet); }
.prediction strong { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
${scrollStyle.trim()}
.example fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
.example legend { margin-bottom: .5rem; padding: 0; font-size: .82rem; color: var(--quiet); }
.heads { display: grid; grid-template-columns: 1.4rem repeat(var(--heads), minmax(0, 3.6rem)); gap: 4px; align-items: center; }
.heads .name { font-size: .75rem; color: var(--quiet); text-align: center; font-variant-numeric: tabular-nums; }
.heads label { display: block; aspect-ratio: 1; border: 1px solid var(--line); border-radius: 3px; cursor: pointer; position: relative; overflow: hidden; }
.heads input { position: absolute; opacity: 0; inset: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.heads label:has(:checked) { outline: 2px solid var(--ring); }
.heads label:has(:focus-visible) { outline: 3px solid var(--ink); }
.weights { background: var(--weight); mask: var(--image) 0 0 / 100% 100% no-repeat; -webkit-mask: var(--image) 0 0 / 100% 100% no-repeat; image-rendering: pixelated; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.heads .weights { position: absolute; inset: 0; }
.detail { margin: 1.2rem 0 0; }
.map { position: relative; }
.map .weights { position: absolute; }
.map svg { display: block; position: relative; }
.tokens { fill: var(--ink); }
.tokens .second { fill: var(--ring); }
.tokens .added { fill: var(--quiet); font-style: italic; }
.second-key { color: var(--ring); }
.added-key { color: var(--quiet); font-style: italic; }
.caption { display: none; margin: .2rem 0 .6rem; font-size: .9rem; color: var(--quiet); }
.caption strong { color: var(--ink); }
@media print { body { padding: 0; background: none; } .example { border: 0; padding: 0; } }
`;
