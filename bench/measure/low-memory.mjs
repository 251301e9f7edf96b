import { join } from 'node:path';
import { median, row, withPeers } from '../compare.mjs';
import { startHeddle } from '../peer.mjs';
import { writeRandomWeights } from '../synthetic.mjs';

const rounds = 40;

/** What `low_memory` costs: ms of a pass over so many rows of one token, against a program with packed weights. */
export const lowMemory = (name) => async (bench) => {
  const folder = join(await bench.temporary(), 'classifier');
  await writeRandomWeights(folder, 'classifier', 300);
  return withPeers([() => startHeddle('low-memory.mjs', [folder])], async ([peer]) => {
    const rows = [];
    for (const count of [1, 8, 32, 160]) {
      const { low, packed } = await peer.ask({ run: bench.rounds ?? rounds, rows: count });
      const times = {
        heddle: median(low),
        other: median(packed),
        heddle_best: Math.min(...low),
        other_best: Math.min(...packed),
      };
      rows.push(row({ name: `${name}-${count}`, unit: 'ms', otherName: 'packed weights', ...times }));
    }
    return rows;
  });
};
