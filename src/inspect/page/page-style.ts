import { fontStack } from './font.ts';

/** The style of pages about a model, light and dark. */
export const pageStyle = `
:root { --paper: #fbfaf7; --sheet: #ffffff; --ink: #1d1c22; --quiet: #6a6875; --line: #e4e1da; --weight: #3f3aa8; --ring: #e8762c; --right: #1f7a4d; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16151b; --sheet: #1f1e26; --ink: #eceaf3; --quiet: #a19eae; --line: #34323e; --weight: #a9a4ff; --ring: #ffa25e; --right: #6fd6a3; --wrong: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink); font: 16px/1.55 ${fontStack}; overflow-wrap: anywhere; }
h1 { margin: 0 0 .4rem; font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; font-weight: 650; }
.lead { margin: 0; max-width: 44rem; font-size: 1.1rem; color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.4rem 0 0; }
.facts dt { font-size: .82rem; color: var(--quiet); }
.facts dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.right { color: var(--right); }
.wrong { color: var(--wrong); }
`;
