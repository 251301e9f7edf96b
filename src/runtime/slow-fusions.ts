/**
 * Fusions of ONNX Runtime that are not used, as its option `optimization.disable_specified_optimizers` takes them: the CPU
 * kernel of SkipLayerNormalization takes three times as long as an addition and LayerNormalization.
 */
export const slowFusions = 'SkipLayerNormFusion;BiasSkipLayerNormFusion';
