/** Fails as told. */
export default async function fail(how: 'throws' | 'logs' | 'hangs'): Promise<string> {
  if (how === 'throws') throw new Error('thrown by the page');
  if (how === 'hangs') await new Promise(() => undefined);
  console.error('logged by the page');
  await fetch('/missing.json');
  return 'done';
}
