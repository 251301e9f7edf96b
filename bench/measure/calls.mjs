import { median, row, takeTurns, withPeers } from '../compare.mjs';
import { startHeddle } from '../peer.mjs';
import { makeTaskModel } from '../task-folder.mjs';

const rounds = 10;

/** Milliseconds of 200 calls of one text at once against one call of the 200 texts; `differing`: results that are not equal. */
export const calls = (name, task) => async (bench) => {
  const folder = bench.model ?? (await makeTaskModel(await bench.temporary(), task));
  return withPeers([() => startHeddle('calls.mjs', [task, folder])], async (peers) => {
    const [replies] = await takeTurns(peers, bench.rounds ?? rounds);
    const [own, other] = ['calls', 'call'].map((way) => replies.map((reply) => reply[way][0]));
    const measured = {
      heddle: median(own),
      other: median(other),
      heddle_best: Math.min(...own),
      other_best: Math.min(...other),
    };
    const differing = Math.max(...replies.map((reply) => reply.differing[0]));
    return [
      row({ name, unit: 'ms', otherName: 'one call of 200 texts', ...measured, rounds: replies.length, differing }),
    ];
  });
};
