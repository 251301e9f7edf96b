import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { row, takeTurns, withPeers } from '../compare.mjs';
import { startHeddle, startPython } from '../peer.mjs';

/** Updates that each side makes before it is the other's turn. */
const updatesOfTurn = 5;

const recipe = fileURLToPath(new URL('../../recipes/multi30k-en-de.yaml', import.meta.url));

/**
 * An epoch of the Multi30k recipe on real data: real sentences a second, against PyTorch plain and tuned on the very
 * same batches, and the share of padding. `--rounds` ends it early.
 */
export const epoch = (name) => async (bench) => {
  const out = await bench.temporary();
  const heddle = () =>
    startHeddle('epoch.mjs', [recipe, '--data', bench.data, '--serve', String(updatesOfTurn), '--out', out]);
  return withPeers([heddle], async ([own]) => {
    const { hello } = own;
    const rounds = Math.min(Math.ceil(hello.updates / updatesOfTurn), bench.rounds ?? Number.POSITIVE_INFINITY);
    const torch =
      (...more) =>
      () =>
        startPython(bench.python, 'multi30k.py', [
          ...[join(out, 'batches.jsonl'), '--config', join(out, 'config.json'), '--serve', String(updatesOfTurn)],
          ...['--accumulate', String(hello.accumulate), '--label-smoothing', String(hello.label_smoothing)],
          ...['--threads', String(bench.threads), ...more],
        ]);
    const starts = bench.python === undefined ? [] : [torch(), torch('--tuned')];
    return withPeers(starts, async (rivals) => {
      const replies = await takeTurns([own, ...rivals], rounds);
      const sentencesOfToken = hello.sentences / hello.target_tokens;
      const rates = replies.map((each) => {
        const seconds = each.reduce((sum, { ms }) => sum + ms[0] / 1000, 0);
        return (each.reduce((sum, { target_tokens }) => sum + target_tokens[0], 0) / seconds) * sentencesOfToken;
      });
      const against = (suffix, i, label) =>
        row({
          name: `${name}${suffix}`,
          unit: 'sentences/s',
          isMoreBetter: true,
          heddle: rates[0],
          other: rates[i],
          otherName: rivals.length ? `PyTorch ${rivals[i - 1].hello.torch} ${label}` : null,
          updates: rounds * updatesOfTurn,
        });
      return [
        against('', 1, 'eager'),
        ...(rivals.length ? [against('-tuned', 2, 'tuned')] : []),
        row({ name: `${name}-source-padding`, unit: '% of tokens', heddle: 100 * hello.source_padding }),
        row({ name: `${name}-target-padding`, unit: '% of tokens', heddle: 100 * hello.target_padding }),
      ];
    });
  });
};
