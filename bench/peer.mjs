import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the user can put right; the message says how. */
export class BenchError extends Error {}

/** Windows has no signal for it. */
const canPause = process.platform !== 'win32';

/** A process that measures when it is asked; see `protocol.mjs`. */
export class Peer {
  /** What the process said of itself when it was ready. */
  hello;
  #name;
  #child;
  #lines;
  #errors = '';

  /** Starts a process and waits until it has warmed up. @throws {BenchError} when it ends instead. */
  static async start(name, command, args) {
    const peer = new Peer();
    peer.#name = name;
    peer.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    peer.#child.stderr.on('data', (chunk) => {
      peer.#errors = (peer.#errors + chunk).slice(-4000);
    });
    peer.#child.stdin.on('error', () => undefined);
    peer.#lines = createInterface({ input: peer.#child.stdout })[Symbol.asyncIterator]();
    const failed = once(peer.#child, 'error').then(([error]) => {
      throw new BenchError(`${name}: does not start: ${error.message}`);
    });
    failed.catch(() => undefined);
    const end = () => peer.#child.kill('SIGKILL');
    process.once('exit', end);
    peer.#child.once('exit', () => process.off('exit', end));
    peer.hello = await Promise.race([peer.#answer(), failed]);
    peer.#pause();
    return peer;
  }

  /** Asks for a measurement, `{ run: 1 }`. */
  async ask(request) {
    this.#go();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answer();
    this.#pause();
    return answer;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#go();
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  /** Stops the process: an engine's idle threads spin for a while and would take a core from the one whose turn it is. */
  #pause() {
    if (canPause) this.#child.kill('SIGSTOP');
  }

  #go() {
    if (canPause) this.#child.kill('SIGCONT');
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new BenchError(this.#reason());
    const message = JSON.parse(value);
    if (message.error) throw new BenchError(`${this.#name}: ${message.error}`);
    return message;
  }

  #reason() {
    const missing = /ModuleNotFoundError: No module named '([^']+)'/.exec(this.#errors)?.[1];
    if (missing) return `${this.#name}: lacks ${missing}; pip install -r bench/python/requirements.txt`;
    return `${this.#name} ended:\n${this.#errors.trimEnd()}`;
  }
}

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @throws {BenchError} when a Python does not run or lacks PyTorch. */
export async function checkPython(python) {
  const hello = 'import json, torch; print(json.dumps({"torch": torch.__version__}), flush=True); input()';
  await (await Peer.start(`HEDDLE_BENCH_PYTHON ${python}`, python, ['-c', hello])).stop();
}

/** Starts a script of `heddle/`. */
export const startHeddle = (script, args) =>
  Peer.start(`Heddle (${script})`, process.execPath, [pathOf(`heddle/${script}`), ...args]);

/** Starts a script that needs Node, but not Heddle. */
export const startNode = (script, args) => Peer.start(script, process.execPath, [pathOf(script), ...args]);

/** The rivals of a script of `heddle/`: the same script of another checkout, if one was given, else `others`. */
export const rivals = ({ old }, script, args, others) =>
  old === undefined
    ? others
    : [
        {
          name: () => `Heddle in ${old}`,
          start: () =>
            Peer.start(`Heddle in ${old} (${script})`, process.execPath, [join(old, 'bench/heddle', script), ...args]),
        },
      ];

/** Runs a script of `python/` to its end. @throws {BenchError} when it fails. */
export async function runPython(python, script, args) {
  try {
    await promisify(execFile)(python, [pathOf(`python/${script}`), ...args]);
  } catch ({ message, stderr = '' }) {
    throw new BenchError(`${script}: ${stderr.slice(-4000) || message}`);
  }
}

/** Starts a script of `python/`. */
export const startPython = (python, script, args) =>
  Peer.start(`HEDDLE_BENCH_PYTHON ${python} (${script})`, python, [pathOf(`python/${script}`), ...args]);
