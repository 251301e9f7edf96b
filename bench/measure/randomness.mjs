import { median, row, takeTurns, withPeers } from '../compare.mjs';
import { startHeddle } from '../peer.mjs';
import { iterationMs, stepTurn, torchSteps } from './train.mjs';

const rounds = 15;

/**
 * What dropout costs: the share of a step that is saved without it, random bytes, masks and products together; and the
 * share that a thread spends on the bytes alone, beside the engine.
 */
export const randomness = (name, model) => async (bench) => {
  const variants = [[], ['--dropout', '0']].map((more) => ['--model', model, ...more]);
  const heddle = variants.map((args) => () => startHeddle('train-step.mjs', args));
  const rivals = variants.flatMap((args) => torchSteps(bench, ['eager'], args));
  return withPeers([...heddle, ...rivals.map(({ start }) => start)], async (peers) => {
    const replies = await takeTurns(peers, bench.rounds ?? rounds, stepTurn);
    const times = replies.map((each) => median(each.map(iterationMs)));
    const share = ([dropped, plain]) => 100 * (1 - plain / dropped);
    const bytes = median(replies[0].map(({ random_ms }) => random_ms[0]));
    const other = rivals.length ? { other: share(times.slice(2)), otherName: rivals[0].name(peers[2].hello) } : {};
    return [
      row({ name, unit: '% of a step', heddle: share(times), ...other }),
      row({ name: `${name}-bytes`, unit: '% of a step', heddle: (100 * bytes) / times[0] }),
    ];
  });
};
