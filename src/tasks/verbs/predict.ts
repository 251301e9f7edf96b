import { InputError } from '../../io/error.ts';
import { keepApart } from '../../io/kept-apart.ts';
import { lineGroups } from '../../io/line-stream.ts';
import { readLines } from '../../io/text-file.ts';
import { WholeFile } from '../../io/whole-file.ts';
import { folderTask } from '../folder/folder-task.ts';
import type { ModelDtype } from '../model/model-dtype.ts';
import { nodePlatform } from '../platform/node.ts';
import { modelSource } from '../platform/platform.ts';
import type { LinePredictor, UntrainedTask } from '../task.ts';
import { type TaskName, taskNames, taskRow, untrainedTasks } from '../task-list.ts';

/** Options of `heddle predict`. */
export interface PredictOptions {
  /** A text file; default: the stream `stdin`. */
  readonly input?: string | undefined;
  /** The file to write, which appears only when complete; default: `print`. */
  readonly output?: string | undefined;
  /** Write JSON objects instead of texts. */
  readonly json: boolean;
  /** `PATH=VALUE` each; what can be set depends on the task. */
  readonly settings: readonly string[];
  /** Candidate labels, for a task without recipes that the model can be used for. */
  readonly labels?: readonly string[] | undefined;
  /** Prints texts piece by piece as they are generated, if the task can. Default false. */
  readonly streams?: boolean | undefined;
  /** The engine by its name; default: the usual one. */
  readonly engine?: string | undefined;
  /** How the model computes; default: in the type of the folder's weights. */
  readonly dtype?: ModelDtype | undefined;
  /** Allows regular expressions in `tokenizer.json` that may not run in linear time. Default false. */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /** Keeps only one copy of the weights in memory: slower for few rows. Default false. */
  readonly low_memory?: boolean | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Receives results; resolves when more may come. */
  print(text: string): Promise<void>;
  /** Receives notes about the results. */
  note(line: string): void;
}

/** The most lines that are processed before the first of them are printed. */
const windowSize = 1024;

/** The characters from which a line is remarked upon before it is read: models without positions read all of it. */
const longLine = 1_000_000;

/** A note about a line that may take long. */
const longNote = ({ length }: string): string | undefined =>
  length >= longLine ? `one text of ${length} characters, which may take long` : undefined;

/**
 * Runs a model on lines of text and writes one result per line, in the same order: `heddle predict`.
 *
 * Lines from `stdin` are processed as they arrive. A text with more tokens than the model has positions is cut, and
 * `note` reports it.
 * @throws {InputError} when the model, a setting or the text cannot be used.
 */
export async function predictLines(model: string, options: PredictOptions): Promise<void> {
  const { input, output, json, settings, labels, streams = false, stdin, print, note } = options;
  const source = modelSource(nodePlatform, model, options);
  if (output !== undefined)
    await keepApart('predict --output', output, [model, ...(input === undefined ? [] : [input])]);
  const task = await folderTask(source.folder);
  const open = labels
    ? labelTask(task, model).labelPredictor(labels, settings)
    : taskRow(task).predictor(settings, { json });
  const fileLines = (labels ? undefined : taskRow(task).fileLines) ?? readLines;
  const given = input === undefined ? lineGroups(stdin, 'stdin') : windows(await fileLines(input));
  const predictor = await open(source);
  let file: WholeFile | undefined;
  let done = 0;
  try {
    if (output !== undefined) file = await WholeFile.open(output);
    for await (const group of given) {
      for (const lines of windows(group)) {
        const placeOf = (at: number) => `${input ?? 'stdin'}:${done + at + 1}`;
        const say = (remark: string | undefined, at: number) => {
          if (remark !== undefined) note(`${placeOf(at)}: ${remark}`);
        };
        for (const [at, line] of lines.entries()) say(longNote(line), at);
        if (streams && predictor.stream && output === undefined && !json) {
          for (const [at, line] of lines.entries()) say(await streamLine(predictor.stream, line, print), at);
          done += lines.length;
          continue;
        }
        const results = await predictor.predict(lines, placeOf);
        results.forEach(({ note: remark }, at) => say(remark, at));
        const text = results.map((result) => `${json ? JSON.stringify(result.json) : result.text}\n`).join('');
        await (file ? file.write(text) : print(text));
        done += lines.length;
      }
    }
    await file?.commit();
  } catch (error) {
    await file?.discard();
    throw error;
  } finally {
    await predictor.dispose();
  }
}

/** The task for which a model of `task` reads labels. @throws {InputError} when there is none. */
function labelTask(task: TaskName, model: string): UntrainedTask {
  const { role } = taskRow(task);
  const rows: readonly UntrainedTask[] = Object.values(untrainedTasks);
  const found = rows.find((row) => row.role === role);
  if (found) return found;
  const fitting = taskNames.filter((name) => rows.some((row) => row.role === taskRow(name).role));
  throw new InputError(
    `predict --labels: expected a model for ${fitting.join(' or ')}, got one for ${task}, at ${model}`,
  );
}

/** Prints a result piece by piece, then a newline. */
async function streamLine(
  stream: NonNullable<LinePredictor['stream']>,
  line: string,
  print: PredictOptions['print'],
): Promise<string | undefined> {
  let printed = Promise.resolve();
  const write = (text: string) => {
    printed = printed.then(() => print(text));
  };
  const remark = await stream(line, write);
  write('\n');
  await printed;
  return remark;
}

function* windows(lines: readonly string[]): Generator<string[]> {
  for (let from = 0; from < lines.length; from += windowSize) yield lines.slice(from, from + windowSize);
}
