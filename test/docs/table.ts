/** Tables that the code writes into pages, between `<!-- NAME -->` and `<!-- /NAME -->`. */
import { familyOf, modelTypes } from '../../src/models/families/families.ts';
import { taskNames, taskRow } from '../../src/tasks/task-list.ts';
import { TOKENIZER_CLASSES } from '../../src/text/convert/tokenizer-class.ts';

type Row = readonly (readonly string[])[];

/** Texts as code, one after the other. */
const codes = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
};

/** Every class of every family, and the tasks that use it. */
function families(): Row[] {
  return modelTypes.flatMap((type) =>
    (familyOf(type)?.heads ?? []).map(({ architecture, role }, at) => [
      at === 0 ? [type] : [],
      [architecture],
      taskNames.filter((name) => taskRow(name).role === role),
    ]),
  );
}

/** The families that other libraries have too. */
function published(): Row[] {
  return modelTypes.flatMap((type) => {
    const heads = familyOf(type)?.heads ?? [];
    const names = heads.map(({ architecture }) => architecture);
    if (names.some((name) => name.startsWith('Heddle'))) return [];
    return [[[type], names, taskNames.filter((name) => heads.some(({ role }) => role === taskRow(name).role))]];
  });
}

/** Classes whose files are the same, with the families that have them. */
function tokenizers(): Row[] {
  return grouped(Object.entries(TOKENIZER_CLASSES), ([, { files }]) => files.join()).map((group) => [
    group[0]?.[1].files ?? [],
    group.map(([name]) => name),
    group.flatMap(([, { model_types }]) => model_types),
  ]);
}

const rowsOf: Readonly<Record<string, () => Row[]>> = { families, published, tokenizers };

/** A page with the bodies of its tables written anew: the head of a table is the page's own. */
export function withTables(page: string): string {
  return page.replace(
    /( *)<!-- (\w+) -->\n( *\|.*\n *\|[-|]+\|\n)[\s\S]*?<!-- \/\2 -->/g,
    (_, indent: string, name: string, head: string) => {
      const rows = rowsOf[name];
      if (!rows) throw new Error(`no table ${name}`);
      const body = rows().map((cells) => `${indent}| ${cells.map(codes).join(' | ')} |\n`);
      return `${indent}<!-- ${name} -->\n${head}${body.join('')}${indent}<!-- /${name} -->`;
    },
  );
}

/** The names of the tables in a page. */
export const tablesIn = (page: string): string[] => [...page.matchAll(/<!-- (\w+) -->/g)].map(([, name]) => name);
