"""The Transformers that are measured, as one writes them in PyTorch today.

Query, key and value share one product, attention is `scaled_dot_product_attention`, weights are tied.
Shapes: B batch, T target time, S source time, D model width, H heads, V vocabulary.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head attention of `x` [B, T, D] over itself or over `memory` [B, S, D]."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def split(self, x, parts):
        batch, time, _ = x.shape
        return x.view(batch, time, parts, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x, memory=None, mask=None, is_causal=False):
        if memory is None:
            q, k, v = self.split(self.qkv(x), 3)
        else:
            width = x.shape[-1]
            weight, bias = self.qkv.weight, self.qkv.bias
            (q,) = self.split(F.linear(x, weight[:width], bias[:width]), 1)
            k, v = self.split(F.linear(memory, weight[width:], bias[width:]), 2)
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, mask, dropout, is_causal)
        return self.out(y.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """A post-norm layer; with `cross` it also attends to a memory, and its self-attention is causal."""

    def __init__(self, config, cross):
        super().__init__()
        width, heads = config["width"], config["heads"]
        drop = config["attention_dropout"]
        self.attn = Attention(width, heads, drop)
        self.attn_norm = nn.LayerNorm(width, config["eps"])
        self.cross = Attention(width, heads, drop) if cross else None
        self.cross_norm = nn.LayerNorm(width, config["eps"]) if cross else None
        self.fc1 = nn.Linear(width, config["ffn"])
        self.fc2 = nn.Linear(config["ffn"], width)
        self.ffn_norm = nn.LayerNorm(width, config["eps"])
        self.activation = {"relu": F.relu, "gelu": F.gelu, "swish": F.silu}[config["activation"]]
        self.dropout = config["make_dropout"](config["dropout"])

    def forward(self, x, mask=None, memory=None, memory_mask=None):
        is_causal = self.cross is not None
        x = self.attn_norm(x + self.dropout(self.attn(x, mask=mask, is_causal=is_causal)))
        if self.cross is not None:
            x = self.cross_norm(x + self.dropout(self.cross(x, memory, memory_mask)))
        return self.ffn_norm(x + self.dropout(self.fc2(self.activation(self.fc1(x)))))


def sinusoids(positions, width):
    """Marian's table [positions, width]: sines in the first half of the columns, cosines in the second."""
    angle = torch.arange(positions).double()[:, None] / 10000 ** (2 * torch.arange(width // 2).double() / width)
    return torch.cat([angle.sin(), angle.cos()], 1).float()


class EncoderDecoder(nn.Module):
    """The Transformer of 2017 as Marian has it: source, target and output embeddings are one matrix.

    `source`: [B, S], `target`: [B, T] ids, `source_mask`: [B, 1, 1, S] true where a token is, or None → [B, T, D].
    Padding at the end of a target needs no mask: attention is causal and those rows carry no loss.
    """

    def __init__(self, config):
        super().__init__()
        width = config["width"]
        self.embedding = nn.Embedding(config["vocab"], width)
        self.scale = math.sqrt(width) if config["scale_embedding"] else 1.0
        self.register_buffer("positions", sinusoids(config["positions"], width), persistent=False)
        self.encoder = nn.ModuleList(Layer(config, False) for _ in range(config["encoder_layers"]))
        self.decoder = nn.ModuleList(Layer(config, True) for _ in range(config["decoder_layers"]))
        self.dropout = config["make_dropout"](config["dropout"])
        initialise(self)

    def embed(self, ids):
        return self.dropout(self.embedding(ids) * self.scale + self.positions[: ids.shape[1]])

    def forward(self, source, target, source_mask=None):
        x = self.embed(source)
        for layer in self.encoder:
            x = layer(x, source_mask)
        y = self.embed(target)
        for layer in self.decoder:
            y = layer(y, memory=x, memory_mask=source_mask)
        return y


class Encoder(nn.Module):
    """BERT's encoder: word and learned position embeddings, LayerNorm, layers. `ids`: [B, T] → [B, T, D]."""

    def __init__(self, config):
        super().__init__()
        self.embedding = nn.Embedding(config["vocab"], config["width"])
        self.positions = nn.Embedding(config["positions"], config["width"])
        self.norm = nn.LayerNorm(config["width"], config["eps"])
        self.layers = nn.ModuleList(Layer(config, False) for _ in range(config["encoder_layers"]))
        self.dropout = config["make_dropout"](config["dropout"])
        initialise(self)

    def forward(self, ids):
        x = self.dropout(self.norm(self.embedding(ids) + self.positions.weight[: ids.shape[1]]))
        for layer in self.layers:
            x = layer(x)
        return x


def initialise(model):
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())
