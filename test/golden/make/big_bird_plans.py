"""Makes `nn/big_bird_plans.json`: the blocks that Transformers' BigBird draws from, for every block of a text.

    pip install -r bench/python/requirements.txt
    python test/golden/make/big_bird_plans.py test/golden/nn

Instead of being permuted, what may be drawn is recorded.
"""

import pathlib
import sys

import numpy
import transformers
from transformers import BigBirdConfig
from transformers.models.big_bird.modeling_big_bird import BigBirdBlockSparseAttention

from write import write_json

# Tokens of the text, tokens of a block, random blocks, positions of the model.
CASES = [
    *[(tokens, 64, 3, 4096) for tokens in (768, 1024, 2048, 3072, 4096)],
    *[(1024, 64, 3, 1024), (1024, 16, 2, 4096), (3072, 32, 1, 3072), (3072, 128, 2, 4096), (96, 8, 2, 128)],
]


def plan(tokens, size, random, positions):
    """For every block but the first and the last."""
    config = BigBirdConfig(hidden_size=2, num_attention_heads=1, block_size=size, num_random_blocks=random, max_position_embeddings=positions)
    attention = BigBirdBlockSparseAttention(config, seed=0).train()
    blocks = tokens // size
    found = []
    if tokens in (1024, 3072, 4096):
        permutation = numpy.random.permutation
        numpy.random.permutation = lambda items: (found.append(sorted(items.tolist())), items)[1]
        attention._bigbird_block_rand_mask(positions, positions, size, size, random, last_idx=1024)
        numpy.random.permutation = permutation
        return found[: blocks - 2]
    draw = attention._get_single_block_row_attention

    def record(num_rand_blocks, **given):
        every = draw(num_rand_blocks=blocks, **given)
        found.append(sorted(every.tolist()))
        return every[:num_rand_blocks]

    attention._get_single_block_row_attention = record
    lengths, counts = attention._get_rand_attn_plan(tokens, size, random)
    attention._bigbird_block_rand_mask_with_head(tokens, tokens, size, size, 1, lengths, counts)
    return found[: blocks - 2]


if __name__ == "__main__":
    cases = [
        {"tokens": t, "block_size": b, "num_random_blocks": r, "max_position_embeddings": p, "candidates": plan(t, b, r, p)}
        for t, b, r, p in CASES
    ]
    write_json(pathlib.Path(sys.argv[1]) / "big_bird_plans.json", {"reference": f"transformers {transformers.__version__}", "cases": cases})
