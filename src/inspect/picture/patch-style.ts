/** The style of maps over images, in addition to that of pages of attention. */
export const patchStyle = `
.read { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
.picture { background: var(--picture) 0 0 / 100% 100% no-repeat; image-rendering: pixelated; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.read .picture { width: min(12rem, 100%); aspect-ratio: var(--shape); border: 1px solid var(--line); border-radius: 3px; }
.scores { flex: 1 1 14rem; max-width: 24rem; margin: 0; padding: 0; list-style: none; }
.scores li { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; margin-bottom: .5rem; }
.scores .number { color: var(--quiet); font-variant-numeric: tabular-nums; }
.scores .bar { grid-column: 1 / -1; height: 5px; border-radius: 3px; background: linear-gradient(to right, var(--weight) var(--share), var(--line) 0); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.of-patches { --tile: 0; }
.of-patches .weights {
  --from: var(--learned); --count: var(--rows); --wide: 1;
  --fit: calc(100% * var(--wide)) calc(100% * var(--whole) / var(--count));
  --place: 0 calc(100% * (var(--tile) * (var(--learned) + var(--rows)) + var(--from)) / (var(--whole) - var(--count)));
  mask-size: var(--fit); mask-position: var(--place); -webkit-mask-size: var(--fit); -webkit-mask-position: var(--place);
}
.of-patches { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: flex-start; }
.of-patches h3 { flex-basis: 100%; margin-bottom: 0; }
.of-patches > fieldset { flex: 1 1 18rem; max-width: calc(1.4rem + var(--heads) * (3.6rem + 4px)); }
.of-patches .detail { flex: 1 1 18rem; max-width: 30rem; margin: 0; min-width: 0; }
.learned { position: relative; display: grid; grid-template-columns: 1.9rem 1fr; grid-auto-rows: 1.9rem; gap: 0 .7rem; align-items: center; margin-bottom: .5rem; font-size: .9rem; }
.learned .weights { --from: 0; --count: var(--learned); --wide: var(--columns); position: absolute; left: 0; top: 0; bottom: 0; width: 1.9rem; pointer-events: none; }
.learned label { height: 100%; box-shadow: inset 0 0 0 1px var(--line); }
.over { position: relative; aspect-ratio: var(--shape); overflow: hidden; border-radius: 3px; background: #000; }
.over .picture { position: absolute; inset: 0; filter: saturate(.4); opacity: .75; }
.over .weights, .learned .weights { background: #ff9d45; }
.over .weights { position: absolute; inset: 0; opacity: .7; }
.patches { position: absolute; inset: 0; display: grid; grid-template-columns: repeat(var(--columns), 1fr); grid-template-rows: repeat(var(--rows), 1fr); }
.looking label { position: relative; display: block; cursor: pointer; }
.looking input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.patches label:hover { box-shadow: inset 0 0 0 1px #fff; }
.looking label:has(:checked) { z-index: 1; box-shadow: inset 0 0 0 2px #fff, 0 0 0 1px #000; }
.looking label:has(:focus-visible) { box-shadow: inset 0 0 0 3px #fff, 0 0 0 2px #000; }
.learned label:has(:checked) { box-shadow: inset 0 0 0 2px var(--ring); }
.learned label:has(:focus-visible) { box-shadow: inset 0 0 0 3px var(--ink); }
`;
