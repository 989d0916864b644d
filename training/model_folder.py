"""The trained model as a Hugging Face folder: weights, configuration, tokenizer, card."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from transformers import LlamaForCausalLM

from codemill.training.model import num_parameters
from codemill.training.shards import Footer

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
)
"""What a tokenizer's folder may hold that belongs with the model."""


def save_model(
    folder: Path,
    model: LlamaForCausalLM,
    *,
    tokenizer: Path,
    footer: Footer,
    results: Mapping[str, str],
) -> None:
    """Write `model` to `folder`, file by file under a temporary name, `config.json` last."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as name:
        saving = Path(name)
        model.save_pretrained(saving)
        for file in TOKENIZER_FILES:
            if (tokenizer / file).is_file():
                shutil.copyfile(tokenizer / file, saving / file)
        (saving / "README.md").write_text(model_card(model, footer, results), "utf-8")
        written = sorted(path.name for path in saving.iterdir())
        for file in sorted(written, key=lambda name: name == "config.json"):
            os.replace(saving / file, folder / file)


def model_card(model: LlamaForCausalLM, footer: Footer, results: Mapping[str, str]) -> str:
    """The card: what it is, what it was trained on, what came out, how to use it."""
    config = model.config
    facts = {
        "architecture": f"Llama, {config.num_hidden_layers} layers, width {config.hidden_size}",
        "parameters": f"{num_parameters(model):,}",
        "vocabulary": f"{footer.vocab_size:,} entries",
        "sequence length": f"{footer.sequence_length:,} tokens",
        "tokenizer digest": f"`{footer.tokenizer_digest}`",
        "corpus version": footer.corpus_version,
        **results,
    }
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    return CARD.format(rows=rows)


CARD = """\
---
library_name: transformers
pipeline_tag: text-generation
tags:
- code
- codemill
---

# A code language model

Trained from random weights on packed shards made by codemill. The sources and their licences are
listed in the `attribution/` folder of the build that it was trained on.

| | |
|---|---|
{rows}

It completes code. It was not aligned, can repeat what it was trained on, and writes code that may
be wrong or unsafe.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForCausalLM.from_pretrained(".")
inputs = tokenizer("def add(a, b):", return_tensors="pt", add_special_tokens=False)
print(tokenizer.decode(model.generate(inputs.input_ids, max_new_tokens=32)[0]))
```
"""
