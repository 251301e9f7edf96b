/** Plugins of ONNX Runtime: what they cannot compile runs on the CPU, and a real one does what every engine does. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import { withFallback } from '../../../src/runtime/node/plugin/fallback.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { pluginTest } from '../../plugin.ts';
import { affine, f32, using } from '../backend-case.ts';
import { backendCases } from '../backend-suite.ts';
import { onnxBytes } from '../onnx-bytes.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a program that a plugin claims and cannot compile', () => {
  const plugin = {
    ...capiBackend(),
    compile: () => Promise.reject(new Error("While validating ONNX node '<Node(Scan): loop/Scan_7>':\nmore lines")),
  };

  test('runs on the CPU, and one warning names the operator', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const engine = withFallback(plugin, capiBackend(), 'claiming');
    for (let i = 0; i < 2; i++) {
      await using(engine, affine, async (program) => {
        const { y } = await program.run({ x: f32([1, 2], [1, 1]) });
        expect('data' in y && [...y.data]).toEqual([5.5, 7, 8.5]);
      });
    }
    expect(engine.name).toBe('claiming');
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(
      'engine claiming: a program runs on the engine cpu, because claiming cannot compile a Scan node',
    );
  });

  test('that the CPU refuses too is refused, without a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const engine = withFallback(plugin, capiBackend(), 'refusing');
    await expect(engine.compile(Uint8Array.of(1, 2, 3))).rejects.toThrow('compile: the engine refused the model');
    expect(warn).not.toHaveBeenCalled();
  });

  test('is never tried with usesPlugin: false', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const program = await withFallback(plugin, capiBackend(), 'unasked').compile(onnxBytes(affine), {
      usesPlugin: false,
    });
    await program.dispose();
    expect(warn).not.toHaveBeenCalled();
  });
});

/** Cases in which OpenVINO differs; no graph of Heddle's depends on them. */
const differences: Readonly<Record<string, string>> = {
  'int64 [2,1] goes in and comes out unchanged': 'computes in 32 bits; tensors of graphs are never int64',
  'an input may be named as a property that every object has': '−0 comes out as 0',
  'an output may be named as a property that every object has: fetched, kept and given a tensor': '−0 comes out as 0',
  'sizes that disagree inside the graph are an error that says so': 'the error has other words',
};

describe('a plugin does what every engine does:', () => {
  test('every difference is of a case that exists', () => {
    const names = backendCases.map(({ name }) => name);
    expect(Object.keys(differences).filter((name) => !names.includes(name))).toEqual([]);
  });

  for (const { name, run } of backendCases) {
    const reason = differences[name];
    if (reason) test.skip(`${name}: ${reason}`, () => undefined);
    else pluginTest(name, (engine) => run(nodeBackend(engine)));
  }
});

pluginTest('a program on a plugin says which nodes the CPU runs instead', async (engine) => {
  const backend = nodeBackend(engine);
  await using(backend, affine, async ({ assignment }) => {
    expect(assignment?.plugin).toBeGreaterThan(0);
    expect(assignment?.cpu).toEqual({});
  });
});
