/** Rows for people. */
const columns = [
  { title: 'name', width: 30, text: ({ name }) => name },
  { title: 'Heddle', width: 10, text: ({ heddle }) => figures(heddle), isNumber: true },
  { title: 'other', width: 10, text: ({ other }) => figures(other), isNumber: true },
  { title: 'ratio', width: 7, text: ({ ratio }) => (ratio === null ? '–' : `${ratio.toFixed(2)}×`), isNumber: true },
  { title: 'unit', width: 20, text: ({ unit }) => unit },
  { title: 'other is', width: 0, text: (row) => row.other_name ?? '–' },
];

const figures = (x) =>
  x === null ? '–' : x >= 1000 ? Math.round(x).toLocaleString('en-US') : String(Number(x.toPrecision(3)));

const line = (cell) =>
  columns
    .map((column) => (column.isNumber ? cell(column).padStart(column.width) : cell(column).padEnd(column.width)))
    .join('  ');

export const tableHead = line(({ title }) => title);
export const tableLine = (row) => line(({ text }) => text(row));
