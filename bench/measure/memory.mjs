import { row, withPeers } from '../compare.mjs';
import { startHeddle } from '../peer.mjs';
import { torchSteps } from './train.mjs';

/** Steps after which memory has stopped growing. */
const steps = 10;

/** Largest resident set, in 10⁶ bytes, of a fresh process that trained a few steps; PyTorch's in eager mode. */
export const memory = (name, model) => async (bench) => {
  const args = ['--model', model];
  const peak = (start) =>
    withPeers([start], async ([peer]) => {
      const { peak_rss_mb } = await peer.ask({ run: bench.rounds ?? steps });
      return { hello: peer.hello, peak: peak_rss_mb };
    });
  const own = await peak(() => startHeddle('train-step.mjs', args));
  const [rival] = torchSteps(bench, ['eager'], args);
  const other = rival && (await peak(rival.start));
  return [
    row({
      name,
      unit: 'MB',
      heddle: own.peak,
      other: other?.peak,
      otherName: other && rival.name(other.hello),
      heddle_baseline: own.hello.baseline_rss_mb,
      other_baseline: other?.hello.baseline_rss_mb ?? null,
    }),
  ];
};
