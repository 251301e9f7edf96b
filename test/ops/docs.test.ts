import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Op } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { opCases, opRows, possibleSymbols, type Traced, trace } from './op-case.ts';

const code = ['src/graph', 'src/ops']
  .flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`${room}/${file}`, 'utf8')),
  )
  .join('\n');

/** The comment above the op's declaration, as one line of text. */
function docstring(name: string): string {
  const declared = code.search(new RegExp(`export const ${name}(: OpCall|: ListOpCall)`));
  const comment = code.slice(code.lastIndexOf('/**', declared) + 3, declared);
  expect(comment.trimEnd().endsWith('*/'), `${name} has a docstring`).toBe(true);
  return comment
    .replace('*/', '')
    .replace(/\s*\n\s*\*? ?/g, ' ')
    .trim();
}

/** The first sentence. */
const summary = (name: string): string =>
  (/^.*?\.(?=\s|$)/.exec(docstring(name))?.[0] ?? '')
    .slice(0, -1)
    .replaceAll('|', '\\|')
    .replace(/\{@link (\w+)\}/g, '`$1`');

const lowered = ({ outputs }: Traced): string[] => {
  const { graph } = readModel(lower(Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]))).bytes);
  return allNodes(graph).flatMap(({ type, name }) => (/^output\/|\/out_/.test(name) ? [] : [type]));
};

/** The operators an op becomes over all its samples; with symbolic sizes where numbers alone leave none. */
function operators(op: Op): string {
  const cases = opCases.filter((opCase) => opCase.op === op);
  const found = cases.flatMap((opCase) => lowered(trace(opCase)));
  const symbolic = () =>
    cases.flatMap((opCase) =>
      lowered(
        trace(
          opCase,
          possibleSymbols(opCase, () => undefined),
        ),
      ),
    );
  return [...new Set(found.length ? found : symbolic())].map((type) => `\`${type}\``).join(', ');
}

const gradientOf = ({ vjp, body }: Op): string => (vjp === 'none' ? 'none' : body ? 'body or rule' : 'rule');

/** How an op is called: one after the other, or in a list. */
const called = ({ name, inputs }: Op): string =>
  code.includes(`export const ${name}: ListOpCall`) ? `${name}([${inputs[0]}, …])` : `${name}(${inputs.join(', ')})`;

test('docs/ops.md is what the rows say; `npx vitest run test/ops/docs.test.ts -u` writes it', async () => {
  const lines = opRows.map(
    (op) => `| \`${called(op)}\` | ${summary(op.name)} | ${operators(op)} | ${gradientOf(op)} |`,
  );
  const page = [
    '# Ops',
    '',
    'Generated from the rows in `src/graph/primitives/primitive.ts` and `src/ops/`: a row is the only place that knows its op.',
    "Operators are those of the forward graph; a composite without a native form shows its body's.",
    '',
    '| op | what it is | ONNX | gradient |',
    '|---|---|---|---|',
    ...lines.sort(),
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/ops.md');
});
