import { compare } from '../compare.mjs';
import { startHeddle } from '../peer.mjs';
import { iterationMs, stepTurn, torchSteps } from './train.mjs';

const rounds = 9;
const rowsOfBatch = [16, 32, 64, 128, 256];
const time = 32;

/** Step time against tokens: milliseconds for 1,000 tokens at several batch sizes; linear is where they are equal. */
export const tokens = (name, model) => async (bench) => {
  const results = [];
  for (const batch of rowsOfBatch) {
    const args = ['--model', model, '--batch', String(batch), '--time', String(time)];
    const result = await compare({
      name: `${name}-${batch * time}`,
      unit: 'ms for 1,000 tokens',
      heddle: () => startHeddle('train-step.mjs', args),
      others: torchSteps(bench, ['eager'], args),
      rounds: bench.rounds ?? rounds,
      request: stepTurn,
      value: (reply) => iterationMs(reply) / ((batch * time) / 1000),
      same: ['parameters', 'tokens'],
    });
    results.push(result);
  }
  return results;
};
