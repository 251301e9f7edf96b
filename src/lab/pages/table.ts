import { pageText } from '../number-text.ts';

/** A table of a finding. Numbers are given as formatted text. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Each row has one cell per column; the first names the row. */
  readonly rows: readonly (readonly string[])[];
}

/** Number of columns that fit on a tablet, and on a phone. */
const [onTablet, onPhone] = [5, 3];

const widthOf = (columns: number): string => (columns > onTablet ? 'wide' : columns > onPhone ? 'medium' : 'narrow');

/** Mean and range, each on its own line, which does not break: `69 % (65 %–72 %)`. */
function cellMarkup(text: string): string {
  const [, mean, range] = /^(.*) (\(.*–.*\))$/u.exec(text) ?? [];
  return mean === undefined ? pageText(text) : `${pageText(mean)}<span class="range">${pageText(range)}</span>`;
}

/**
 * A table as HTML; all columns but the first are right-aligned. If the window is too narrow for the columns,
 * {@link tableStyle} turns each row into a list of its cells, each after the name of its column.
 */
export function tableMarkup({ caption, columns, rows }: Table): string {
  const names = columns.map((name) => pageText(name));
  const head = names.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map(([name, ...cells]) => {
    const rest = cells.map(
      (cell, i) => `<td><span class="column">${names[i + 1]}</span><span class="value">${cellMarkup(cell)}</span></td>`,
    );
    return `<tr><th scope="row"><span class="column">${names[0]}</span> ${pageText(name)}</th>${rest.join('')}</tr>`;
  });
  return `<table class="${widthOf(columns.length)}">
<caption>${pageText(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}

/** Shows the rows of tables as lists. `of`: which tables. */
const asLists = (of: string): string => `
${of}, ${of} tbody, ${of} tr, ${of} th, ${of} caption { display: block; width: auto; }
${of} thead { display: none; }
${of} tr { margin-bottom: 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--quiet); }
${of} tbody th { max-width: none; padding: 0 0 .2rem; border: 0; font-weight: 650; }
${of} td { display: flex; justify-content: space-between; gap: 1rem; padding: .25rem 0; border: 0; border-top: 1px solid var(--line); }
${of} .column { display: inline; }
`;

/** The style of tables. */
export const tableStyle = `
table { border-collapse: collapse; margin: 1.6rem 0; max-width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .5rem; font-size: .95rem; color: var(--quiet); }
th, td { padding: .4rem 0 .4rem 1rem; text-align: right; overflow-wrap: normal; vertical-align: top; border-bottom: 1px solid var(--line); font-size: .95rem; line-height: 1.35; }
th:first-child { padding-left: 0; text-align: left; }
thead th { vertical-align: bottom; font-weight: 600; border-bottom-color: var(--quiet); }
tbody th { font-weight: 500; }
.column { display: none; text-align: left; font-weight: 400; color: var(--quiet); }
.value { white-space: nowrap; }
.range { display: block; font-size: .8em; color: var(--quiet); }
@media (max-width: 62rem) {${asLists('.wide')}}
@media (max-width: 40rem) {${asLists('.medium')}}
`;
