import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { kinds } from './kinds.ts';

describe('broken inputs', () => {
  it('of every kind end in a result or an InputError, within a second and without much memory', async () => {
    const { findings, counts } = await fuzz({ runs: 2000, seed: 20, kinds });
    expect(findings.map(({ run, kind, what }) => `${kind} ${run}: ${what}`)).toEqual([]);
    expect([...counts.keys()]).toEqual(kinds.map(({ name }) => name));
    for (const [name, { refused }] of counts) expect([name, refused > 0]).toEqual([name, true]);
  }, 180_000);
});
