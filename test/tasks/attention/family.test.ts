/** Every golden model of every family shows where it looked. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { AttentionMap } from '../../../src/inspect/attention/attention-map.ts';
import { attentionTensors } from '../../../src/tasks/attention/attention-document.ts';
import { shownPass } from '../../../src/tasks/attention/attention-map.ts';
import { loadModel } from '../../../src/tasks/index.ts';

const folder = fileURLToPath(new URL('../../golden/models', import.meta.url));
const readsImages = (name: string): boolean => /^(vit|deit)_/.test(name);

const rowsOf = ({ layers }: AttentionMap): Float32Array[] => layers.flat(2);

test.each(readdirSync(folder).filter((name) => !readsImages(name)))('%s', async (name) => {
  const model = await loadModel(join(folder, name));
  const config = model.config as Readonly<Record<string, unknown>>;
  const end = Number(config.eos_token_id ?? config.sep_token_id ?? 2);
  const ids = [5, 6, 7, 8, end];
  const axisOf = (read: readonly number[]) => ({ tokens: read.map(String) });
  const text = { ids, type_ids: ids.map(() => 0), axis: axisOf(ids) };
  const target = [6, 7, end];
  const writes = model.role === 'sequence-to-sequence';
  const decoder = writes ? { inputs: { labels: [target] }, written: axisOf(target) } : undefined;
  const { maps } = await shownPass(model, text, name, axisOf, decoder).finally(() => model.dispose());
  const kinds = maps.map(({ kind }) => kind);
  if (kinds.includes('decoder_attentions')) {
    expect(kinds).toEqual(['cross_attentions', 'encoder_attentions', 'decoder_attentions']);
  } else expect(kinds).toEqual(['attentions']);
  for (const map of maps) {
    expect(map.layers.length).toBeGreaterThan(0);
    for (const row of rowsOf(map)) {
      expect(row).toHaveLength(map.key.tokens.length);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    }
  }
  const { tensors, metadata } = attentionTensors([{ input: '', maps }]);
  const [map] = maps;
  const shape = [map?.layers[0]?.length, map?.query.tokens.length, map?.key.tokens.length];
  expect(tensors.get(`texts.0.${map?.kind}.0`)?.shape).toEqual(shape);
  expect(JSON.parse(metadata[`texts.0.${map?.kind}.key`] ?? '')).toEqual(ids.map(String));
});
