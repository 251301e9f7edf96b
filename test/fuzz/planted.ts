/** Readers that do what none may do, for the test of the fuzz run itself. */
import { writeFileSync } from 'node:fs';
import { InputError } from '../../src/io/error.ts';
import { filesOf, type Kind } from './kind.ts';

/** Goes wrong with what is no longer the whole input. */
const planted = (name: string, wrong: (path: string) => unknown): Kind => ({
  name,
  seeds: () => [{ files: filesOf({ 'a.json': '[1]' }) }],
  read: (files, path) => (Buffer.from(files.get('a.json') ?? []).toString() === '[1]' ? 1 : wrong(path)),
});

export const plantedKinds: readonly Kind[] = [
  planted('right', () => {
    throw new InputError('a.json: expected [1]');
  }),
  planted('untyped', () => (undefined as unknown as string).length),
  planted('endless', () => {
    for (;;);
  }),
  planted('slow', () => {
    for (const end = performance.now() + 1200; performance.now() < end; );
  }),
  planted('greedy', () => new Uint8Array(600 * 2 ** 20).fill(1)),
  planted('heap', () => {
    const all: unknown[] = [];
    for (;;) all.push({ all });
  }),
  planted('missing', (path) => writeFileSync(`${path}/nowhere`, '')),
];
