/** A plugin that is not there, is damaged or does not fit is refused in one line, and the same every time. */
import { execFile } from 'node:child_process';
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { engineCache } from '../../../src/runtime/node/plugin/cache-folder.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { pluginLibrary, pluginTest } from '../../plugin.ts';
import { libraryFile, wheelName, writeWheel } from './wheel-file.ts';

const isLinux = process.platform === 'linux';
const library = libraryFile('onnxruntime_tiny');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-plugin-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Makes the engines that are unpacked and installed those of an empty cache. */
async function emptyCache(name: string): Promise<string> {
  for (const variable of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(variable, join(folder, name));
  vi.stubEnv('VIRTUAL_ENV', '');
  await mkdir(engineCache(), { recursive: true });
  return engineCache();
}

/** The message of the InputError that opening an engine throws, the same the second time. */
function refusal(engine: string): string {
  const [first, second] = [0, 1].map(() => {
    try {
      nodeBackend(engine);
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    throw new Error(`${engine} was opened`);
  });
  expect(second).toBe(first);
  expect(first).not.toContain('\n');
  return first ?? '';
}

/** ONNX Runtime's binding for Node: a library that loads and is no plugin. */
function binding(): string {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(root, 'bin', 'napi-v6', process.platform, process.arch, 'onnxruntime_binding.node');
}

const noPlugin =
  /: expected the library of an execution provider for ONNX Runtime 1\.23 or later, got another library$/;

/** Writes a package whose library is no plugin, beside all that the system's loader loads or refuses in words. */
async function writePackage(at: string): Promise<void> {
  await mkdir(at);
  const bytes = await readFile(binding());
  const write = (name: string, content: Uint8Array | string) => writeFile(join(at, name), content);
  await write(library, bytes);
  await write('libscript.so', 'INPUT(libc.so.6)');
  await write('libempty.so', '');
  await write('libheader.so', bytes.subarray(0, 100));
  await write('libwithout-sections.so', bytes.subarray(0, -100));
  const foreign = Buffer.from(bytes.subarray(0, -100_000));
  foreign.writeUInt16LE(8, 18);
  await write('libforeign.so', foreign);
  const links = { gone: 'nowhere', loop: 'libloop.so', through: 'libempty.so/x', unreadable: '/proc/self/mem' };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(at, `lib${name}.so`));
}

/** A row's work makes what is at `at` and returns the name of the engine. */
interface Row {
  readonly make: (at: string) => Promise<string>;
  readonly message: RegExp;
  readonly on?: boolean;
}

const rows: Readonly<Record<string, Row>> = {
  'a path where nothing is': {
    make: async (at) => `openvino:${at}`,
    message: /: expected a library, a package or a wheel, got no such file$/,
  },
  'a path that cannot be read': {
    make: async (at) => {
      await symlink(at, at);
      return `openvino:${at}`;
    },
    message: /: expected a library, a package or a wheel, got a link that points to itself$/,
  },
  'a folder without a library': {
    make: async (at) => {
      await mkdir(at);
      return `openvino:${at}`;
    },
    message: /: expected one library of a plugin for ONNX Runtime in it, got none$/,
  },
  'a file that is no library': {
    make: async (at) => {
      await writeFile(at, 'not a library');
      return `plugin:${at}`;
    },
    message: /: ONNX Runtime \S+ does not load it: .+$/,
  },
  'a library that is no plugin': {
    make: async () => `plugin:${binding()}`,
    message: noPlugin,
  },
  'a library that needs one which the system does not have': {
    make: async (at) => {
      const bytes = await readFile(binding(), 'latin1');
      await writeFile(at, bytes.replaceAll('libonnxruntime.so.1', 'libnobody-has-1.so'.padEnd(19, '1')), 'latin1');
      return `plugin:${at}`;
    },
    message: /: the library needs libnobody-has-1\.so1, which this system does not have$/,
    on: isLinux,
  },
  'a library cut off in the middle': {
    make: async (at) => {
      const bytes = await readFile(binding());
      await writeFile(at, bytes.subarray(0, bytes.length / 2));
      return `plugin:${at}`;
    },
    message: /: expected a library of a plugin, got a library that is cut off$/,
    on: isLinux,
  },
  'the beginning of a library': {
    make: async (at) => {
      await writeFile(at, (await readFile(binding())).subarray(0, 40));
      return `plugin:${at}`;
    },
    message: /: expected a library of a plugin, got a library that is cut off$/,
    on: isLinux,
  },
  'an empty library': {
    make: async (at) => {
      await writeFile(at, '');
      return `plugin:${at}`;
    },
    message: /: expected a library of a plugin, got a library that is cut off$/,
    on: isLinux,
  },
  'a library without its table of sections, which the system loads, and that is no plugin': {
    make: async (at) => {
      await writeFile(at, (await readFile(binding())).subarray(0, -100));
      return `plugin:${at}`;
    },
    message: noPlugin,
    on: isLinux,
  },
  'a package with a library that is cut off, which the plugin would load': {
    make: async (at) => {
      await writePackage(at);
      await writeFile(join(at, 'libpart.so.2.1'), (await readFile(binding())).subarray(0, -100_000));
      return `plugin:${at}`;
    },
    message: /tiny\.\w+: expected whole libraries beside it, got libpart\.so\.2\.1, which is cut off$/,
    on: isLinux,
  },
  'a package with libraries that do not end the process, and whose own is no plugin': {
    make: async (at) => {
      await writePackage(at);
      return `plugin:${at}`;
    },
    message: noPlugin,
    on: isLinux,
  },
  'a library for another processor': {
    make: async (at) => {
      const bytes = await readFile(binding());
      bytes.writeUInt16LE(8, 18);
      await writeFile(at, bytes);
      return `plugin:${at}`;
    },
    message: /: expected a library of a plugin, got a library for another processor$/,
    on: isLinux,
  },
  'a wheel without a library': {
    make: async (at) => {
      writeWheel(`${at}.whl`, { files: { 'tiny_engine/__init__.py': '' } });
      return `openvino:${at}.whl`;
    },
    message: /\.whl: expected one library of a plugin for ONNX Runtime in it, got none$/,
  },
  'a wheel for another machine': {
    make: async (at) => {
      writeWheel(`${at}.whl`, { files: { [`tiny_engine/${library}`]: 'x' }, platform: 'haiku_r1_x86_64' });
      return `openvino:${at}.whl`;
    },
    message: /\.whl: expected a wheel for this machine \(\w+ \w+\), got haiku_r1_x86_64$/,
  },
  'a torn wheel': {
    make: async (at) => {
      writeWheel(`${at}.whl`, { files: { [`tiny_engine/${library}`]: 'x' } });
      await writeFile(`${at}.whl`, (await readFile(`${at}.whl`)).subarray(0, 100));
      return `openvino:${at}.whl`;
    },
    message: /\.whl: expected a whole wheel, got .*; fetch it again$/,
  },
  'a file too large for a wheel': {
    make: async (at) => {
      await writeFile(`${at}.whl`, '');
      await truncate(`${at}.whl`, 3 * 2 ** 30);
      return `openvino:${at}.whl`;
    },
    message: /\.whl: expected a whole wheel, got a file of more than 2 GiB$/,
    on: isLinux,
  },
  'a wheel whose library is none, with the folder to remove': {
    make: async (at) => {
      writeWheel(`${at}.whl`, { files: { [`tiny_engine/${library}`]: 'not a library' } });
      return `openvino:${at}.whl`;
    },
    message: new RegExp(`does not load it: .*; remove \\S+${wheelName}-\\w+ and name the wheel again$`),
  },
};

describe('is refused in one line:', () => {
  const cases = Object.entries(rows).filter(([, { on = true }]) => on);
  test.each(cases)('%s', async (name, { make, message }) => {
    await emptyCache('cache');
    const given = await make(join(folder, `libonnxruntime-${name.replaceAll(' ', '-')}`));
    expect(refusal(given)).toMatch(/^engine: \S/);
    expect(refusal(given)).toMatch(message);
  });

  test('OpenVINO where it is nowhere, with the way to get it', async () => {
    await emptyCache('nowhere');
    expect(refusal('openvino')).toMatch(
      /^engine openvino: not found on this machine\. "pip download --no-deps onnxruntime-ep-openvino"/,
    );
  });
});

/** Unpacks a package of OpenVINO whose library is none. */
async function unpackBroken(cache: string, version: string): Promise<string> {
  const unpacked = join(cache, `onnxruntime_ep_openvino-${version}-0a`);
  await mkdir(join(unpacked, 'onnxruntime_ep_openvino'), { recursive: true });
  await writeFile(join(unpacked, 'onnxruntime_ep_openvino', library), 'not a library');
  return unpacked;
}

test('where no package in the cache loads, each is named with the folder to remove', async () => {
  const cache = await emptyCache('broken');
  const unpacked = [await unpackBroken(cache, '9.2.0'), await unpackBroken(cache, '9.1.0')];
  expect(() => nodeBackend('openvino')).toThrow(InputError);
  expect(() => nodeBackend('openvino')).toThrow(/^engine openvino: no package of it loads:\n/);
  for (const each of unpacked)
    expect(() => nodeBackend('openvino')).toThrow(`; remove ${each} and name the wheel again`);
});

pluginTest('a package that does not load does not hide an older one, and one warning says so', async (engine) => {
  const whole = dirname(pluginLibrary(engine));
  const cache = await emptyCache('shadowed');
  const broken = await unpackBroken(cache, '9999.0.0');
  await mkdir(join(cache, 'onnxruntime_ep_openvino-1.0.0-0b'));
  await symlink(whole, join(cache, 'onnxruntime_ep_openvino-1.0.0-0b', 'onnxruntime_ep_openvino'));
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  for (let i = 0; i < 2; i++) expect(nodeBackend('openvino').name).toBe('openvino');
  expect(warn).toHaveBeenCalledOnce();
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(new RegExp(`; remove ${broken} and name the wheel again; \\S+ is used instead$`)),
  );
});

pluginTest('a plugin that has no device here is refused, and the same again', async (engine) => {
  const whole = dirname(pluginLibrary(engine));
  const alone = join(folder, 'without-devices');
  await mkdir(alone);
  for (const name of await readdir(whole)) {
    if (name.startsWith('libopenvino_intel_')) continue;
    const [from, to] = [join(whole, name), join(alone, name)];
    await link(from, to).catch(() => copyFile(from, to));
  }
  // In this process OpenVINO may be loaded already.
  const call = `
    const { nodeBackend } = await import(${JSON.stringify(new URL('../../../dist/runtime/node.js', import.meta.url).href)});
    for (let i = 0; i < 2; i++) try { nodeBackend(${JSON.stringify(`plugin:${alone}`)}); } catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', call]);
  const [first, second] = stdout.split('\n');
  expect(first).toMatch(/^engine: .*: expected a device on this machine, got none$/);
  expect(second).toBe(first);
});
