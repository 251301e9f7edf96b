import { type BareRate, nodeTime, type StepProfile } from './step-profile.ts';

/** What advice is given on. */
export interface MeasuredStep {
  readonly profile: StepProfile;
  /** The machine's rate for a large square product. */
  readonly bare: BareRate;
  /** Its rate for the model's own largest product; undefined without products. */
  readonly largest: BareRate | undefined;
  /** Tokens an update, without padding. */
  readonly tokens: number;
  /** The share of padding in what the model reads, 0–1; undefined if its texts have no mask. */
  readonly padding: number | undefined;
  /** The name of a plugin that is on this machine, for a step on the usual engine. */
  readonly otherEngine?: string | undefined;
}

/** A rule: a sentence with the figure that calls for it, or undefined where the figures do not. */
export interface AdviceRule {
  readonly name: string;
  says(step: MeasuredStep): string | undefined;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** The share of a kind of work or of some layers in the time of all nodes. */
const share = ({ profile }: MeasuredStep, ms: number): number => ms / Math.max(nodeTime(profile), Number.MIN_VALUE);
const kindShare = (step: MeasuredStep, kind: string): number =>
  share(step, step.profile.kinds.find(({ name }) => name === kind)?.ms ?? 0);
const layerShare = (step: MeasuredStep, names: readonly string[]): number =>
  share(
    step,
    step.profile.layers.filter(({ name }) => names.includes(name)).reduce((sum, { ms }) => sum + ms, 0),
  );

/**
 * µs up to which the time of a node hardly depends on its rows. A product with a matrix [256, 768] takes 45 µs for 8 rows and
 * 230 for 64 on a core of an AMD EPYC (Zen 4).
 */
const mostOverhead = 25;

/** Every rule, each with the least figure for which it speaks. */
export const adviceRules: readonly AdviceRule[] = [
  {
    name: 'data',
    says({ profile: { time } }) {
      const waiting = time.outside / time.step;
      if (waiting < 0.15) return undefined;
      const { batches, randomBytes } = time;
      const isLate = batches + randomBytes > 0.8 * (time.step - time.outside);
      const cause = isLate
        ? `JavaScript prepares the next update meanwhile, and needs longer than the engine: ${batches.toFixed(1)} ms for batches, ${randomBytes.toFixed(1)} ms for dropout's random bytes.`
        : "Larger batches make the engine's part longer.";
      return `${percent(waiting)} of a step passes while the engine waits for JavaScript. ${cause}`;
    },
  },
  {
    name: 'loops',
    says(step) {
      const { ms, calls } = step.profile.loops;
      const looped = share(step, ms);
      const each = (1000 * ms) / Math.max(1, calls);
      if (looped < 0.3 || calls < 400 || each > mostOverhead) return undefined;
      return `${percent(looped)} of the engine's work is in loops over time steps, ${Math.round(calls).toLocaleString('en')} small nodes of ${each.toFixed(0)} µs an update. More rows in a batch cost little there: raise the batch size as far as memory allows.`;
    },
  },
  {
    name: 'small batches',
    says(step) {
      const { ms, rate, rows } = step.profile.products;
      if (share(step, ms) < 0.3 || rate > 0.5 * step.bare.rate || rows > 256) return undefined;
      return `The matrix products run at ${percent(rate / step.bare.rate)} of the machine's bare rate, half of them on ${rows} rows or fewer. Larger batches make them faster.`;
    },
  },
  {
    name: 'padding',
    says({ padding = 0 }) {
      if (padding < 0.2) return undefined;
      return `${percent(padding)} of what the model reads is padding. A smaller batch, whose texts are more alike in length, saves that work; so does a smaller max_length, which cuts the longest.`;
    },
  },
  {
    name: 'dropout',
    says(step) {
      const { randomBytes } = step.profile.time;
      const masks = kindShare(step, 'random numbers');
      if (masks < 0.08) return undefined;
      return `${percent(masks)} of the engine's work makes dropout's random masks, whose bytes JavaScript draws meanwhile, ${randomBytes.toFixed(1)} ms an update. Set the dropout to 0 if the model does not overfit without it.`;
    },
  },
  {
    name: 'vocabulary',
    says(step) {
      const loss = layerShare(step, ['loss', 'lm_head']);
      if (loss < 0.3) return undefined;
      return `${percent(loss)} of the engine's work is the loss and the output layer in it, whose cost grows with the vocabulary. In a new model, a smaller vocabulary makes every update faster.`;
    },
  },
  {
    name: 'optimizer',
    says(step) {
      const optimizer = layerShare(step, ['optimizer', 'gradient norm']);
      if (optimizer < 0.2) return undefined;
      return `${percent(optimizer)} of the engine's work is the optimizer and the norm of the gradients, whatever the batch. Larger batches, or gradient_accumulation_steps, spread it over more tokens.`;
    },
  },
  {
    name: 'engine',
    says(step) {
      const { otherEngine } = step;
      if (otherEngine === undefined || share(step, step.profile.loops.ms) >= 0.3) return undefined;
      return `The engine ${otherEngine} is on this machine and may be faster: "heddle engines" measures a small step on both, and --engine ${otherEngine} trains with it.`;
    },
  },
];

/** A sentence of advice, and the rule that gives it. */
export interface Advice {
  readonly rule: string;
  readonly text: string;
}

/** The advice that the figures of a step call for, in the order of the rules. */
export const adviceOn = (step: MeasuredStep): Advice[] =>
  adviceRules.flatMap(({ name: rule, says }) => {
    const text = says(step);
    return text === undefined ? [] : [{ rule, text }];
  });
