import { type Progress, showRate, stepProgress } from '../../train/run/progress.ts';
import type { LogEntry } from '../../train/run/trainer-state.ts';
import type { TrainListener } from '../../train/training.ts';
import { endAtSignal, stopAtSignal } from '../interruption.ts';
import { note } from '../output.ts';
import { shellCall } from '../shell-word.ts';

/** Shows a training on stderr: a bar on a terminal, lines elsewhere. `end` restores the terminal. */
export interface ShownTraining {
  readonly listener: TrainListener;
  /** Aborted by the first Ctrl-C or SIGTERM between the first update and the last. */
  readonly signal: AbortSignal;
  say(message: string): void;
  end(): void;
}

/** What the progress of a training shows. */
export interface ShowOptions {
  /** Updates between plain lines. */
  readonly loggingSteps: number;
  /** The words of the call that resumes the training. */
  readonly resumeCall: readonly string[];
}

/**
 * Shows a training, and lets signals stop it so that it can be resumed. Before the first update nothing is written, and
 * a signal ends the process at once, however busy it is.
 */
export function showTraining({ loggingSteps, resumeCall }: ShowOptions): ShownTraining {
  const controller = new AbortController();
  let progress: Progress | undefined;
  let isFinished = false;
  const say = (message: string): void => (progress ? progress.note(message) : note(message));
  const end = () => {
    progress?.end();
    progress = undefined;
    if (isFinished) endAtSignal();
  };
  const resume = shellCall(resumeCall);
  const unscored = () => {
    progress?.end();
    note(`stopped after the last update: the model is saved and has no scores yet\nto score it: ${resume}`);
  };
  return {
    say,
    end,
    signal: controller.signal,
    listener: {
      started({ global_step: done, max_steps: total }) {
        if (done > 0) say(`resuming after update ${done}`);
        progress = stepProgress({ total, loggingSteps });
        stopAtSignal((error) => {
          say('stopping after this update and its evaluation, if there is one; a second signal stops at once');
          controller.abort(error);
        });
      },
      stopped({ global_step: done, max_steps: total }) {
        end();
        note(
          done > 0
            ? `stopped after update ${done} of ${total}; a checkpoint is saved\nto resume: ${resume}`
            : `stopped before the first update\nto start again: ${resume}`,
        );
      },
      finished() {
        isFinished = true;
        if (controller.signal.aborted) unscored();
        endAtSignal(unscored);
      },
      updated: (update, { loss, tokens }, learningRate) => progress?.advance({ update, loss, learningRate, tokens }),
      logged(entry) {
        if ('eval_loss' in entry) say(evaluationLine(entry));
        const { step, updates_without_labels: count } = entry;
        if (count) say(`step ${step} · updates without any label: ${count}`);
      },
    },
  };
}

/** The numbers of an evaluation: `step 500 · eval_loss 1.932 · eval_bleu 31.40 · …`. */
function evaluationLine({ step, epoch: _epoch, ...scores }: LogEntry): string {
  const shown = Object.entries(scores).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${Math.abs(value) < 1e-3 ? showRate(value) : Number(value.toFixed(4))}`] : [],
  );
  return [`step ${step}`, ...shown].join(' · ');
}
