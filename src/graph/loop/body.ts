import { constantValue, input } from '../ir/constant.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { topological } from '../ir/topological.ts';
import { substitute } from '../passes/substitute.ts';

/** The parts of a {@link ScanBody}. */
type Parts = Pick<ScanBody, 'carries' | 'elements' | 'captures' | 'nextCarries' | 'outputs'>;

/** The step of a scan: a graph with its own inputs. */
export class ScanBody {
  private static count = 0;
  /** Distinguishes bodies when nodes are compared. */
  readonly key = `body${ScanBody.count++}`;
  /** State before the step. */
  readonly carries: readonly Tensor[];
  /** One element of each sequence. */
  readonly elements: readonly Tensor[];
  /** What is the same in every step. */
  readonly captures: readonly Tensor[];
  /** State after the step. */
  readonly nextCarries: readonly Tensor[];
  /** Outputs of the step. */
  readonly outputs: readonly Tensor[];

  constructor({ carries, elements, captures, nextCarries, outputs }: Parts) {
    this.carries = carries;
    this.elements = elements;
    this.captures = captures;
    this.nextCarries = nextCarries;
    this.outputs = outputs;
  }

  toString(): string {
    return this.key;
  }
}

/** What a scan's node holds. */
export interface ScanAttributes {
  readonly body: ScanBody;
  /** Whether it runs from the last element to the first; outputs stay in the order of the elements. */
  readonly isReverse: boolean;
}

/** What a scan loops over. */
export interface ScanInputs {
  /** State before the first step, any shapes. */
  readonly carries: readonly Tensor[];
  /** Sequences [T, ...]; a step sees one element of each, [...]. At least one. */
  readonly sequences: readonly Tensor[];
  /** Starts with the last element. Default false. */
  readonly isReverse?: boolean;
}

/** What a step returns, and the whole scan: the state after it, and one output per step. */
export interface ScanResult {
  readonly carries: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A body, and how it relates to what was traced. */
export interface ClosedBody {
  readonly body: ScanBody;
  /** The tensors outside, in the order of the body's captures. */
  readonly captured: readonly Tensor[];
  /** Which of the traced elements the body has. */
  readonly isUsed: readonly boolean[];
}

/**
 * Makes a body of a traced step. What the step reads from outside becomes a capture, so that whatever depends on
 * neither state nor elements is computed outside. Elements that nothing reads are dropped, except one that gives the
 * length. Constant numbers stay in the body.
 */
export function closeBody(traced: Omit<Parts, 'captures'>): ClosedBody {
  const { carries, nextCarries, outputs } = traced;
  const results = [...nextCarries, ...outputs];
  const placeholders = new Set([...carries, ...traced.elements]);
  const inner = dependentNodes(results, placeholders);
  const isOutside = (tensor: Tensor) =>
    !inner.has(tensor.node) && !placeholders.has(tensor) && constantValue(tensor)?.data.length !== 1;
  const read = [...results, ...[...inner].flatMap((node) => node.inputs)];
  const captured = [...new Set(read.filter(isOutside))];
  const captures = captured.map(({ shape, dtype }, i) => input(`capture${i}`, shape, dtype));
  const isRead = new Set(read);
  const elements = traced.elements.filter((element) => isRead.has(element));
  if (elements.length === 0) elements.push(traced.elements[0]);
  const placed = substitute(results, new Map(captured.map((tensor, i) => [tensor, captures[i]])));
  const [next, made] = [placed.slice(0, carries.length), placed.slice(carries.length)];
  const body = new ScanBody({ carries, elements, captures, nextCarries: next, outputs: made });
  return { body, captured, isUsed: traced.elements.map((element) => elements.includes(element)) };
}

/**
 * What a gradient may need from a step: the state before it, and results that are cheaper to keep than to compute
 * again.
 */
export function residualsOf(
  carries: readonly Tensor[],
  elements: readonly Tensor[],
  results: readonly Tensor[],
): readonly Tensor[] {
  const inner = dependentNodes(results, new Set([...carries, ...elements]));
  return [...carries, ...[...inner].flatMap((node) => (node.op.loop?.isKept ? node.outputs : []))];
}

/** The nodes under `results` that depend on `placeholders`. Nodes older than those cannot. */
export function dependentNodes(results: readonly Tensor[], placeholders: ReadonlySet<Tensor>): Set<Node> {
  const oldest = Math.min(...[...placeholders].map(({ node }) => node.id));
  const order = topological(results, { has: (tensor) => tensor.node.id < oldest || placeholders.has(tensor) });
  const inner = new Set<Node>();
  for (const node of order) {
    if (node.inputs.some((tensor) => inner.has(tensor.node) || placeholders.has(tensor))) inner.add(node);
  }
  return inner;
}
