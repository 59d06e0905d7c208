"""What the Transformer encoders of this product share: a pre-norm layer's way through."""

import math

import torch
from torch import Tensor, nn


class PreNormLayer(nn.Module):
    """Pre-norm Transformer layer (Vaswani et al. 2017; Xiong et al. 2020).

    A subclass makes the parts. ``forward`` takes tokens (n, steps, width) and a bias (n, steps)
    that is added to the scores of attention, and returns tokens of the same shape.
    """

    # Set once: sizes read from a tensor would stay open in an exported graph.
    width: int
    heads: int
    norm_attention: nn.Module
    norm_feed: nn.Module
    to_heads: nn.Module
    from_heads: nn.Module
    feed: nn.Module
    dropout: nn.Module

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self._attend(self.norm_attention(tokens), bias))
        return tokens + self.dropout(self.feed(self.norm_feed(tokens)))

    def _attend(self, tokens: Tensor, bias: Tensor) -> Tensor:
        count, steps, _ = tokens.shape
        heads = self.to_heads(tokens).view(count, steps, 3, self.heads, self.width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-2, -1) / math.sqrt(self.width // self.heads)
        mixed = torch.softmax(scores + bias[:, None, None, :], dim=-1) @ value
        return self.from_heads(mixed.transpose(1, 2).reshape(count, steps, self.width))
