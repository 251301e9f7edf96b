import { fontStack } from '../../inspect/page/font.ts';
import { scrollStyle } from '../../inspect/page/scroll-style.ts';

/** The style of the laboratory's pages, light and dark, on screen and on paper. */
export const pageStyle = `
:root { --paper: #fbfaf7; --sheet: #ffffff; --ink: #1d1c22; --quiet: #6a6875; --line: #e4e1da; --accent: #3f3aa8; --right: #1f7a4d; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16151b; --sheet: #1f1e26; --ink: #eceaf3; --quiet: #a19eae; --line: #34323e; --accent: #a9a4ff; --right: #6fd6a3; --wrong: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink); font: 17px/1.6 ${fontStack}; overflow-wrap: anywhere; }
h1 { margin: 0 0 .6rem; font-size: 2.2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 2.4rem 0 .6rem; font-size: 1.3rem; font-weight: 650; }
p { margin: 0 0 .8rem; max-width: 48rem; }
a { color: var(--accent); }
sub, sup { font-size: .72em; line-height: 0; }
.crumb { font-size: .9rem; }
blockquote { margin: 0 0 1.2rem; padding: .2rem 0 .2rem 1.1rem; border-left: 4px solid var(--accent); max-width: 48rem; font-size: 1.15rem; }
cite { display: block; margin-top: .3rem; font-size: .9rem; font-style: normal; color: var(--quiet); }
.verdict { font-weight: 650; }
.shown { color: var(--right); }
.missing { color: var(--wrong); }
.says { font-size: 1.12rem; }
.warning { padding: .7rem 1rem; border: 1px solid var(--wrong); border-radius: 10px; }
figure { margin: 1.4rem 0; padding: 1rem 1rem .8rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
${scrollStyle.trim()}
.scroll svg { min-width: 30rem; }
figcaption { margin-top: .6rem; font-size: .95rem; color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 1rem 0; font-size: .95rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.4rem; margin-top: 2rem; }
.card { padding: 1.2rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; break-inside: avoid; }
.card h2 { margin: 0 0 .3rem; font-size: 1.15rem; }
.card figure { margin: .8rem 0; padding: 0; border: 0; }
.card p { font-size: .95rem; }
@media (max-width: 32rem) { .cards { grid-template-columns: 1fr; } }
@media print { body { padding: 0; background: none; } }
`;
