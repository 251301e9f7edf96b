/** The kinds of work in a step, in the order in which a page shows them. */
export const kindNames = [
  'matrix products',
  'norms',
  'softmax',
  'gather and scatter',
  'copies and transposes',
  'random numbers',
  'loops',
  'elementwise',
  'reductions',
  'other',
] as const;

/** A kind of work. */
export type Kind = (typeof kindNames)[number];

/** The operators of each kind; an operator that no row names is `other`. */
const operators: Readonly<Partial<Record<Kind, string>>> = {
  'matrix products':
    'MatMul Gemm FusedMatMul FusedGemm Conv FusedConv Einsum MultiHeadAttention Attention LSTM GRU RNN',
  norms:
    'LayerNormalization SkipLayerNormalization SimplifiedLayerNormalization SkipSimplifiedLayerNormalization RMSNormalization',
  softmax: 'Softmax LogSoftmax',
  'gather and scatter': 'Gather GatherElements GatherND ScatterElements ScatterND',
  'copies and transposes':
    'Transpose Concat Split Slice Reshape Expand Identity Squeeze Unsqueeze Flatten Tile Pad ReverseSequence Trilu',
  loops: 'Scan Loop If',
  elementwise:
    'Add Sub Mul Div Neg Abs Sqrt Exp Log Pow Erf Tanh Sigmoid Relu Gelu BiasGelu FastGelu QuickGelu Sin Cos Max Min ' +
    'Where Less LessOrEqual Greater GreaterOrEqual Equal Not And Or Cast Reciprocal Clip Sign Floor Mod Softplus HardSigmoid',
  reductions: 'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceSumSquare ReduceL2 ArgMax ArgMin CumSum TopK',
};

const kindOfOperator: ReadonlyMap<string, Kind> = new Map(
  kindNames.flatMap((kind) => (operators[kind]?.split(' ') ?? []).map((op) => [op, kind] as const)),
);

/** The names that the field gives to norms: `LayerNorm`, `layer_norm`, `ln_1`, `norm`. */
const normPath = /(^|[._])(layer_?norm|ln|norm)(_\w+)?\d*$|_layer_norm$/i;

/**
 * The kind of a node: by its operator, where it is not part of making random numbers. What is elementwise or summed in the
 * path of a norm belongs to the norm, whose gradient consists of such nodes. A loop has its kind for what it takes besides
 * the nodes in its body.
 */
export function kindOf(op: string, { path, isRandom }: { readonly path: string; readonly isRandom: boolean }): Kind {
  if (isRandom) return 'random numbers';
  const kind = kindOfOperator.get(op) ?? 'other';
  return (kind === 'elementwise' || kind === 'reductions') && normPath.test(path) ? 'norms' : kind;
}
