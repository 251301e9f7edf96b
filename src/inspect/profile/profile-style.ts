/** The style of a profile besides that of every page. */
export const profileStyle = `
main > section { margin-top: 2.6rem; }
h2 { font-size: 1.25rem; }
.about { margin: 0 0 .9rem; max-width: 46rem; color: var(--quiet); }
.keys { margin: -.4rem 0 .9rem; font-size: .93rem; color: var(--quiet); }
.advice { margin: 2rem 0 0; padding: .9rem 1.1rem; background: var(--sheet); border-left: 4px solid var(--ring); border-radius: 6px; }
.advice p { margin: 0; max-width: 52rem; }
.advice p + p { margin-top: .6rem; }
table { width: 100%; border-collapse: collapse; background: var(--sheet); font-size: .93rem; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; }
th, td { padding: .36rem .8rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); }
td, th:not(:first-child) { white-space: nowrap; }
th:first-child { overflow-wrap: break-word; }
thead th { font-size: .82rem; font-weight: 500; color: var(--quiet); }
th:first-child { text-align: left; }
tbody th { font-weight: 500; }
small { display: block; font-size: .85rem; font-weight: 400; color: var(--quiet); }
tr.sum > * { font-weight: 650; border-top: 1px solid var(--quiet); }
td.bar { width: 38%; vertical-align: middle; }
.track { display: flex; height: .8rem; }
.track span { background: var(--weight); }
.track span:first-child { border-radius: 3px 0 0 3px; }
.track span:last-child { border-radius: 0 3px 3px 0; }
.track span:only-child { border-radius: 3px; }
.track .backward, .key.backward { opacity: .55; }
.track .outer, .key.outer { background: var(--quiet); opacity: .6; }
.key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem -.08rem 0; border-radius: 3px; background: var(--weight); }
.key + .key, .key.backward, .key.outer { margin-left: 1rem; }
@media (max-width: 44rem) { td.bar, th.bar { display: none; } th, td { padding: .36rem .4rem; } }
@media print { body { padding: 0; background: none; } }
`;
