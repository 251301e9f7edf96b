/** What a compiler of TypeScript says of the package's declarations in somebody's project. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './heddle.ts';

export interface Compilation {
  readonly compiler: keyof typeof compilers;
  readonly module: 'nodenext' | 'bundler';
  /** Where the types of `URL` and `AbortSignal` come from. */
  readonly types: 'node' | 'dom';
}

/** Where each TypeScript is installed: the one that builds the package, and the oldest that its users may have. */
const compilers = { 'this TypeScript': '.', 'the oldest TypeScript': 'test/oldest-typescript' };
const modules = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
const types = {
  node: { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  dom: { lib: ['es2022', 'dom'], types: [] },
};

/**
 * Compiles a program that imports `specifiers`, and all declarations that these reach, under the strictest settings.
 *
 * @param text more of the program.
 * @returns the compiler's errors; empty when there are none.
 */
export async function typeErrors(
  project: string,
  specifiers: readonly string[],
  { compiler, module, types: from }: Compilation,
  text = '',
): Promise<string> {
  const imports = specifiers.map((specifier, i) => `export * as all${i} from '${specifier}';\n`);
  await writeFile(join(project, 'consumer.mts'), [...imports, text].join(''));
  const config = join(project, 'tsconfig.json');
  const compilerOptions = {
    ...modules[module],
    ...types[from],
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  await writeFile(config, JSON.stringify({ compilerOptions, files: ['consumer.mts'] }));
  const tsc = join(root, compilers[compiler], 'node_modules/typescript/bin/tsc');
  return promisify(execFile)(process.execPath, [tsc, '-p', config]).then(
    () => '',
    ({ stdout, stderr }) => stdout + stderr,
  );
}
