"""Makes metrics/squad.json: SQuAD's exact match and F1, and the best thresholds of version 2.

    python test/golden/make/squad.py test/golden/metrics/squad.json

`answerable` are torchmetrics' `squad`, whose code is SQuAD's evaluate-v1.1.py with the F1 of version 2. `doubtful` follow
evaluate-v2.0.py (`get_raw_scores`, `find_best_thresh`), written down here again.
"""

import collections
import json
import pathlib
import random
import re
import string
import sys

import torchmetrics
from torchmetrics.functional.text import squad

WORDS = ["the", "The", "a", "an", "Denver", "Broncos", "denver", "won.", "(won)", "10", "10%", "U.S.", "it's", "its", "—", "é", "Straße"]
WORDS += ["파리", "파리에서", "theatre", "anthem", "A", "«a»", "\u00a0", "state-of-the-art", "$5", "İstanbul", "ΟΔΟΣ", "_the_", "the²"]


def normalize_answer(s):
    s = "".join(ch for ch in s.lower() if ch not in set(string.punctuation))
    return " ".join(re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", s).split())


def get_tokens(s):
    return normalize_answer(s).split() if s else []


def compute_exact(a_gold, a_pred):
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold, a_pred):
    gold_toks, pred_toks = get_tokens(a_gold), get_tokens(a_pred)
    num_same = sum((collections.Counter(gold_toks) & collections.Counter(pred_toks)).values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision, recall = num_same / len(pred_toks), num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


def raw_score(compute, answers, prediction):
    gold = [text for text in answers if normalize_answer(text)] or [""]
    return max(compute(text, prediction) for text in gold)


def find_best_thresh(preds, scores, na_probs, has_ans):
    cur = best = sum(1 for known in has_ans if not known)
    best_thresh = 0.0
    for i in sorted(range(len(preds)), key=lambda i: na_probs[i]):
        cur += scores[i] if has_ans[i] else (-1 if preds[i] else 0)
        if cur > best:
            best, best_thresh = cur, na_probs[i]
    return {"score": 100.0 * best / len(scores), "threshold": best_thresh}


def phrase(draw):
    return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 4)))


def near(draw, text):
    words = text.split(" ")
    kind = draw.random()
    if kind < 0.35:
        return text
    if kind < 0.7:
        words[draw.randrange(len(words))] = draw.choice(WORDS)
        return " ".join(words)
    return phrase(draw)


def answerable(draw, size):
    references = [[phrase(draw) for _ in range(draw.randint(1, 3))] for _ in range(size)]
    predictions = [near(draw, draw.choice(texts)) for texts in references]
    # torchmetrics counts references that normalize to nothing; version 2 of the script does not.
    references = [[text for text in texts if normalize_answer(text)] or ["Denver"] for texts in references]
    targets = [{"id": str(i), "answers": {"text": texts, "answer_start": [0] * len(texts)}} for i, texts in enumerate(references)]
    found = squad([{"id": str(i), "prediction_text": text} for i, text in enumerate(predictions)], targets)
    return {"predictions": predictions, "references": references, "scores": {name: float(value) for name, value in found.items()}}


def doubtful(draw, size):
    references = [[phrase(draw) for _ in range(draw.randint(1, 3))] if draw.random() < 0.6 else [] for _ in range(size)]
    predictions = [near(draw, draw.choice(texts or [phrase(draw)])) for texts in references]
    doubts = [round(draw.gauss(1 if not texts else -1, 2), 3) for texts in references]
    has = [bool(texts) for texts in references]
    made = {"predictions": predictions, "references": references, "doubts": doubts}
    for name, compute in {"exact": compute_exact, "f1": compute_f1}.items():
        scores = [raw_score(compute, texts, predictions[i]) for i, texts in enumerate(references)]
        made[name] = {"mean": 100 * sum(scores) / size, "each": scores, "best": find_best_thresh(predictions, scores, doubts, has)}
    return made


def main(path):
    draw = random.Random(1)
    texts = sorted({phrase(draw) for _ in range(60)} | set(WORDS))
    content = {
        "made_by": f"test/golden/make/squad.py, torchmetrics {torchmetrics.__version__}",
        "normalized": {text: normalize_answer(text) for text in texts},
        "answerable": [answerable(draw, 12) for _ in range(6)],
        "doubtful": [doubtful(draw, 25) for _ in range(6)],
    }
    pathlib.Path(path).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
