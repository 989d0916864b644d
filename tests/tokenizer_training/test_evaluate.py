from codemill.tokenizer_training.evaluate import Compression, as_markdown, evaluate
from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.tokens import Encoder


def test_counts_are_by_language_most_bytes_first():
    encoder = Encoder(spec_of(train([], vocab_size=265)))
    rows = evaluate([("C", "a b"), ("Go", "é" * 9), ("C", "cd\n")], encoder)
    assert rows == [
        Compression("Go", n_texts=1, n_bytes=18, n_words=1, n_tokens=18),
        Compression("C", n_texts=2, n_bytes=6, n_words=3, n_tokens=6),
    ]


def test_ratios_of_nothing_are_zero():
    assert Compression("C").bytes_per_token == 0
    assert Compression("C").fertility == 0


def test_the_table_is_markdown():
    assert as_markdown([Compression("C", 1, 1000, 100, 400)]).splitlines()[-1] == (
        "| C | 1 | 1,000 | 2.500 | 4.000 |"
    )
