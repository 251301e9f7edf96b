import { scrollStyle } from '../scroll-style.ts';

/** The style of a profile besides that of every page. */
export const profileStyle = `
main > section { margin-top: 2.6rem; }
h2 { font-size: 1.25rem; }
.about { margin: 0 0 .9rem; max-width: 46rem; color: var(--quiet); }
.advice { margin: 2rem 0 0; padding: .9rem 1.1rem; background: var(--sheet); border-left: 4px solid var(--ring); border-radius: 6px; }
.advice p { margin: 0; max-width: 52rem; }
.advice p + p { margin-top: .6rem; }
${scrollStyle.trim()}
.scroll { border: 1px solid var(--line); border-radius: 10px; background-color: var(--sheet); }
table { width: 100%; border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem .8rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-size: .82rem; font-weight: 500; color: var(--quiet); }
th:first-child { text-align: left; }
tbody th { font-weight: 500; }
td.text, th.text { text-align: left; }
td.shapes { font-size: .85rem; color: var(--quiet); text-align: left; white-space: normal; min-width: 16rem; }
tr.sum > * { font-weight: 650; border-top: 1px solid var(--quiet); }
td.bar { width: 34%; min-width: 9rem; }
.track { display: flex; height: .8rem; }
.track span { background: var(--weight); }
.track span:first-child { border-radius: 3px 0 0 3px; }
.track span:last-child { border-radius: 0 3px 3px 0; }
.track .backward { opacity: .55; }
.track .outer { background: var(--quiet); opacity: .6; }
.key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem -.08rem 0; border-radius: 3px; background: var(--weight); }
.key.backward { opacity: .55; margin-left: 1rem; }
.key.outer { background: var(--quiet); opacity: .6; margin-left: 1rem; }
@media (max-width: 40rem) { td.bar, th.bar { display: none; } }
`;
