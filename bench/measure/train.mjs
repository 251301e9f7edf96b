import { compare } from '../compare.mjs';
import { rivals, startHeddle, startPython } from '../peer.mjs';

const rounds = 15;

/** Two iterations a turn: in training a step follows another, and its data lie in the caches. */
export const stepTurn = { run: 2 };

/** Milliseconds of the last iteration of a reply. */
export const iterationMs = ({ ms }) => ms.at(-1);

/** PyTorch's training step in some modes; no rivals without a Python. Compiling needs a C++ compiler, so it may fail. */
export const torchSteps = ({ python, threads }, modes, args) =>
  python === undefined
    ? []
    : modes.map((mode) => ({
        name: ({ torch }) => `PyTorch ${torch} ${mode}`,
        start: () => startPython(python, 'train_step.py', [...args, '--mode', mode, '--threads', String(threads)]),
        mayFail: mode.endsWith('compile'),
      }));

/** A training step of a model against the best of some of PyTorch's modes; `own`: options of Heddle's side, such as its engine. */
export const trainStep =
  (name, model, modes, own = []) =>
  async (bench) => {
    const args = ['--model', model];
    const result = await compare({
      name,
      unit: 'ms',
      heddle: () => startHeddle('train-step.mjs', [...args, ...own]),
      others: rivals(bench, 'train-step.mjs', [...args, ...own], torchSteps(bench, modes, args)),
      rounds: bench.rounds ?? rounds,
      request: stepTurn,
      value: iterationMs,
      same: ['parameters', 'tokens'],
    });
    return [result];
  };
