import { type Progress, showRate, stepProgress } from '../train/run/progress.ts';
import type { LogEntry } from '../train/run/trainer-state.ts';
import type { TrainListener } from '../train/training.ts';
import { note } from './output.ts';

/** A training shown on stderr: a bar on a terminal, lines elsewhere. `end` leaves the terminal in order. */
export interface ShownTraining {
  readonly listener: TrainListener;
  say(message: string): void;
  end(): void;
}

/** `loggingSteps`: updates between plain lines. */
export function showTraining(loggingSteps: number): ShownTraining {
  let progress: Progress | undefined;
  const say = (message: string): void => (progress ? progress.note(message) : note(message));
  return {
    say,
    end: () => progress?.end(),
    listener: {
      started({ global_step: done, max_steps: total }) {
        if (done > 0) say(`goes on behind update ${done}`);
        progress = stepProgress({ total, loggingSteps });
      },
      updated: (update, { loss, tokens }, learningRate) => progress?.advance({ update, loss, learningRate, tokens }),
      logged(entry) {
        if ('eval_loss' in entry) say(evaluationLine(entry));
      },
    },
  };
}

/** `step 500 · eval_loss 1.932 · eval_bleu 31.40 · …`: the numbers of an evaluation. */
function evaluationLine({ step, epoch: _epoch, ...scores }: LogEntry): string {
  const shown = Object.entries(scores).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${Math.abs(value) < 1e-3 ? showRate(value) : Number(value.toFixed(4))}`] : [],
  );
  return [`step ${step}`, ...shown].join(' · ');
}
