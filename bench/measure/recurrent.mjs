import { compare, median, row, takeTurns, withPeers } from '../compare.mjs';
import { BenchError, startHeddle, startPython } from '../peer.mjs';
import { iterationMs, stepTurn } from './train.mjs';

const rounds = 31;
const lengths = [8, 16, 32, 64, 128];

const torchLayers = ({ python, threads }, args) =>
  python === undefined
    ? []
    : [
        {
          name: ({ torch }) => `PyTorch ${torch} eager`,
          start: () => startPython(python, 'layer_step.py', [...args, '--threads', String(threads)]),
        },
      ];

/** One recurrent layer, 64 rows of 32 steps, 256 wide. */
export const recurrentLayer = (name) => async (bench) => {
  const args = ['--layer', name];
  const result = await compare({
    name,
    unit: 'ms',
    heddle: () => startHeddle('layer-step.mjs', args),
    others: torchLayers(bench, args),
    rounds: bench.rounds ?? rounds,
    request: stepTurn,
    value: iterationMs,
    same: ['parameters', 'tokens'],
  });
  return [result];
};

/**
 * An LSTM forward and backward against its length, one process and one compiled program for all lengths: a row a length.
 *
 * @throws {BenchError} when a length has made Heddle compile again.
 */
export const scanLength = (name) => (bench) => {
  const args = ['--layer', 'lstm'];
  const rivals = torchLayers(bench, args);
  return withPeers([() => startHeddle('layer-step.mjs', args), ...rivals.map(({ start }) => start)], async (peers) => {
    const rows = [];
    for (const time of lengths) {
      // A process meets a length for the first time outside the measurement.
      await takeTurns(peers, 1, { time });
      const [own, other] = await takeTurns(peers, bench.rounds ?? rounds, { ...stepTurn, time });
      const ms = median(own.map(iterationMs));
      const programs = Math.max(...own.flatMap((reply) => reply.programs));
      if (programs !== 1) throw new BenchError(`expected one program for all lengths, got ${programs}`);
      rows.push(
        row({
          name: `${name}-${time}`,
          unit: 'ms',
          heddle: ms,
          other: other && median(other.map(iterationMs)),
          otherName: other && rivals[0].name(peers[1].hello),
          ms_per_step: ms / time,
          programs,
        }),
      );
    }
    return rows;
  });
};
