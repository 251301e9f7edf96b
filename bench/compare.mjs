import { BenchError } from './peer.mjs';

/** The middle of some numbers, the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * One line of the output. `ratio` is above 1 when Heddle is better; without `other` both are null.
 *
 * @param {{ name: string, unit: string, isMoreBetter?: boolean, heddle: number, other?: number, otherName?: string }} given
 */
export function row({ name, unit, isMoreBetter = false, heddle, other = null, otherName = null, ...more }) {
  const ratio = heddle > 0 && other > 0 ? (isMoreBetter ? heddle / other : other / heddle) : null;
  return { name, unit, heddle, other, other_name: otherName, ratio, ...more };
}

/**
 * Lets processes take turns, one iteration each, round after round: what else the machine does hits all of them alike. Every
 * second round goes backwards. Gives every process's replies.
 */
export async function takeTurns(peers, rounds, request = {}) {
  const replies = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...peers.entries()];
    if (round % 2) order.reverse();
    for (const [i, peer] of order) replies[i].push(await peer.ask({ run: 1, ...request }));
  }
  return replies;
}

/** Starts processes one after the other, gives them to `use`, and stops them whatever happens. */
export async function withPeers(starts, use) {
  const peers = [];
  try {
    for (const start of starts) peers.push(await start());
    return await use(peers);
  } finally {
    await Promise.all(peers.map((peer) => peer?.stop()));
  }
}

/**
 * Measures Heddle and its rivals in turn and gives one row: medians, against the best rival.
 *
 * @param {object} given
 * @param {() => Promise<Peer>} given.heddle starts Heddle's process
 * @param {{ name: (hello: object) => string, start: () => Promise<Peer>, mayFail?: boolean }[]} given.others the rivals;
 *   one that may fail is left out, with a note, where it does not start
 * @param {object} [given.request] what a turn asks for, one iteration when absent
 * @param {(reply: object) => number} given.value what counts of a reply
 * @param {string[]} given.same fields of the hello lines that must agree, else the two did not do the same
 */
export function compare({ name, unit, isMoreBetter = false, heddle, others, rounds, request, value, same = [] }) {
  return withPeers([heddle, ...others.map((rival) => () => startRival(name, rival))], async (started) => {
    const names = started.map((peer, i) => (i && peer ? others[i - 1].name(peer.hello) : 'Heddle'));
    const running = started.flatMap((peer, i) => (peer ? [i] : []));
    const peers = running.map((i) => started[i]);
    checkSame(name, peers, same);
    const replies = await takeTurns(peers, rounds, request);
    const [own, ...rivals] = replies.map((each, at) => {
      const values = each.map(value);
      const best = isMoreBetter ? Math.max(...values) : Math.min(...values);
      return { name: names[running[at]], median: median(values), best };
    });
    const [winner] = rivals.sort((a, b) => (isMoreBetter ? b.median - a.median : a.median - b.median));
    return row({
      name,
      unit,
      isMoreBetter,
      heddle: own.median,
      other: winner?.median,
      otherName: winner?.name,
      heddle_best: own.best,
      other_best: winner?.best ?? null,
      rounds,
    });
  });
}

async function startRival(name, { start, mayFail = false }) {
  try {
    return await start();
  } catch (error) {
    if (!mayFail || !(error instanceof BenchError)) throw error;
    process.stderr.write(`${name}: left out a rival that does not start. ${error.message}\n`);
    return undefined;
  }
}

function checkSame(name, peers, fields) {
  for (const field of fields) {
    const values = [...new Set(peers.map(({ hello }) => hello[field]))];
    if (values.length > 1)
      throw new BenchError(`${name}: both must have the same ${field}, got ${values.join(' and ')}`);
  }
}
