"""The special tokens of a tokenizer trained here, and the spellings other vocabularies give them.

A role is what a token is for (`codemill.transforms.tokens.ROLES`); its string depends on the
vocabulary.
"""

from __future__ import annotations

SPECIAL_TOKENS: dict[str, str] = {
    "end_of_text": "<|endoftext|>",
    "padding": "<|pad|>",
    "fim_prefix": "<|fim_prefix|>",
    "fim_middle": "<|fim_middle|>",
    "fim_suffix": "<|fim_suffix|>",
    "repo_name": "<|repo_name|>",
    "file_sep": "<|file_sep|>",
    "im_start": "<|im_start|>",
    "im_end": "<|im_end|>",
}
"""Role to string, in the order of their ids, which are the first of the vocabulary: 0, 1, ..."""

KNOWN_SPELLINGS: dict[str, tuple[str, ...]] = {
    "end_of_text": (
        "<|endoftext|>",
        "<｜end▁of▁sentence｜>",
        "<|end_of_text|>",
        "</s>",
    ),
    "padding": ("<|pad|>", "<pad>", "<｜▁pad▁｜>", "<|finetune_right_pad_id|>", "[PAD]"),
    "fim_prefix": (
        "<|fim_prefix|>",
        "<fim_prefix>",
        "<fim-prefix>",
        "<｜fim▁begin｜>",
        "▁<PRE>",
    ),
    "fim_middle": (
        "<|fim_middle|>",
        "<fim_middle>",
        "<fim-middle>",
        "<｜fim▁end｜>",
        "▁<MID>",
    ),
    "fim_suffix": (
        "<|fim_suffix|>",
        "<fim_suffix>",
        "<fim-suffix>",
        "<｜fim▁hole｜>",
        "▁<SUF>",
    ),
    "repo_name": ("<|repo_name|>", "<repo_name>", "<reponame>"),
    "file_sep": ("<|file_sep|>", "<file_sep>"),
    "im_start": ("<|im_start|>",),
    "im_end": ("<|im_end|>",),
}
"""Role to the strings it goes by, the first found wins: this project and Qwen2.5-Coder, StarCoder 2
and StarCoder, SantaCoder, DeepSeek-Coder (where the hole stands before the suffix and `end` before
the middle), Llama and CodeLlama."""
