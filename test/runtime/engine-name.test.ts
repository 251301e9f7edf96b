import { expect, test } from 'vitest';
import { chosenEngine, engineForms, engineNames, enginePattern } from '../../src/runtime/engine-name.ts';

test('every engine is chosen by its name, with a path where one belongs', () => {
  expect(chosenEngine('cpu', 'engine')).toEqual({ name: 'cpu' });
  expect(chosenEngine('openvino', 'engine')).toEqual({ name: 'openvino' });
  expect(chosenEngine('openvino:a b.whl', 'engine')).toEqual({ name: 'openvino', path: 'a b.whl' });
  expect(chosenEngine('plugin:C:\\plugins\\one.dll', 'engine')).toEqual({
    name: 'plugin',
    path: 'C:\\plugins\\one.dll',
  });
  expect(engineNames.length).toBeGreaterThan(4);
});

test.each(['', 'cpu:', 'cpu:x', 'openvino:', 'plugin', 'plugin:', 'gpu', 'constructor', 'CPU'])(
  '"%s" is refused with the forms of all names',
  (text) => {
    expect(enginePattern.test(text)).toBe(false);
    expect(() => chosenEngine(text, '--engine')).toThrow(`--engine: expected ${engineForms}, got "${text}"`);
  },
);

test('the error of a misspelt name suggests the nearest', () => {
  expect(() => chosenEngine('openvno:x.whl', 'engine')).toThrow('got "openvno:x.whl"; did you mean "openvino"?');
  expect(() => chosenEngine('plugin', 'engine')).not.toThrow('did you mean');
});
