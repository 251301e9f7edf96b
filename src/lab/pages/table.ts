import { pageText } from './number-text.ts';

/** A table of a finding. Numbers come as text, written as they shall be read. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** As many cells in each row as there are columns; the first names the row. */
  readonly rows: readonly (readonly string[])[];
}

/** A table as HTML; what follows the first column stands right-aligned. */
export function tableMarkup({ caption, columns, rows }: Table): string {
  const head = columns.map((name) => `<th scope="col">${pageText(name)}</th>`).join('');
  const body = rows.map(([name, ...cells]) => {
    const rest = cells.map((cell) => `<td>${pageText(cell)}</td>`).join('');
    return `<tr><th scope="row">${pageText(name)}</th>${rest}</tr>`;
  });
  return `<div class="scroll"><table>
<caption>${pageText(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}
