import random

import numpy as np
import pyarrow as pa
import pytest
from tokenizers import Tokenizer

from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.fill_in_the_middle import FimSettings
from codemill.transforms.packing import PackingSettings, best_fit_rows, pack_documents
from codemill.transforms.schema import PRETRAIN, arrow_schema
from codemill.transforms.tokens import Encoder, TokenizerSpec

BYTES = Encoder(spec_of(train([], vocab_size=265)))
"""One token a byte."""
TOKENIZER = Tokenizer.from_str(BYTES.spec.tokenizer_json)
END, PAD = BYTES.spec.end_of_text, BYTES.spec.padding
NO_FIM = FimSettings(rate=0)


def pack(texts, *, row_tokens=32, fim=NO_FIM, encoder=BYTES, first_id=1, **settings):
    ids = pa.array(range(first_id, first_id + len(texts)), pa.int64())
    settings = PackingSettings(row_tokens=row_tokens, fim=fim, **settings)
    packed = pack_documents(pa.array(texts, pa.large_string()), ids, encoder, settings)
    rows = [row for batch in packed.batches for row in batch.to_pylist()]
    return rows, packed.stats


def segments(row):
    start = 0
    for length, file_id in zip(row["seq_lengths"], row["file_ids"], strict=True):
        yield file_id, slice(start, start + length)
        start += length


def spelled(ids):
    return TOKENIZER.decode([i for i in ids if i > 8])


def lines(n, seed=0):
    rng = random.Random(seed)
    return "".join("x" * rng.randrange(1, 20) + "\n" for _ in range(n))


def test_a_row_written_out():
    rows, stats = pack(["ab", "c"])
    a, b, c = BYTES.encode_strings(["abc"]).ids.tolist()
    pad = [PAD] * 27
    assert rows == [
        {
            "input_ids": [a, b, END, c, END, *pad],
            "labels": [-100, b, END, -100, END, *[-100] * 27],
            "position_ids": [0, 1, 2, 0, 1, *range(27)],
            "seq_lengths": [3, 2, 27],
            "n_pad": 27,
            "file_ids": [1, 2, 0],
        }
    ]
    assert (stats.n_documents, stats.n_pieces, stats.n_rows) == (2, 2, 1)
    assert stats.fill_fraction == pytest.approx(5 / 32)
    assert stats.kept_fraction == 1


def test_batches_have_the_schema():
    packed = pack_documents(
        pa.array(["ab"], pa.large_string()), pa.array([1]), BYTES, PackingSettings(32)
    )
    assert [batch.schema for batch in packed.batches] == [arrow_schema(PRETRAIN)]


@pytest.mark.parametrize("fim", [NO_FIM, FimSettings()])
def test_every_row_keeps_the_contract(fim):
    rows, stats = pack([lines(n, n) for n in range(1, 40)], row_tokens=64, fim=fim)
    for row in rows:
        assert len(row["input_ids"]) == len(row["labels"]) == len(row["position_ids"]) == 64
        assert sum(row["seq_lengths"]) == 64
        assert min(row["seq_lengths"]) > 0
        for file_id, span in segments(row):
            ids, labels = row["input_ids"][span], row["labels"][span]
            assert row["position_ids"][span] == list(range(len(ids)))
            assert labels[0] == -100
            assert labels[1:] == (ids[1:] if file_id else [-100] * (len(ids) - 1))
            assert file_id or ids == [PAD] * row["n_pad"]
    assert stats.n_pad == sum(row["n_pad"] for row in rows)
    assert stats.n_rows == len(rows)


def test_no_token_of_any_document_is_lost():
    texts = [lines(n, n) for n in range(1, 40)] + ["y" * 500, "漢" * 200]
    rows, stats = pack(texts, row_tokens=64)
    found: dict[int, list[str]] = {}
    for row in rows:
        for file_id, span in segments(row):
            if file_id:
                found.setdefault(file_id, []).append(spelled(row["input_ids"][span]))
    assert stats.kept_fraction == 1
    for number, text in enumerate(texts, start=1):
        assert sorted("".join(found[number])) == sorted(text)


def test_each_document_ends_once():
    rows, _ = pack([lines(n, n) for n in range(1, 40)], row_tokens=64)
    assert sum(row["input_ids"].count(END) for row in rows) == 39


def test_a_document_of_exactly_a_row_is_split_so_that_its_end_fits():
    rows, stats = pack(["a" * 15 + "\n" + "b" * 15 + "\n"])
    pieces = [row["input_ids"][s] for row in rows for f, s in segments(row) if f]
    assert sorted(len(ids) for ids in pieces) == [16, 17]
    assert sorted(ids.count(END) for ids in pieces) == [0, 1]
    assert stats.kept_fraction == 1


def test_a_long_document_is_split_at_line_ends():
    rows, stats = pack(["a" * 20 + "\n" + "b" * 10 + "\n" + "c" * 15 + "\n"])
    pieces = [spelled(row["input_ids"][s]) for row in rows for f, s in segments(row) if f]
    assert sorted(pieces) == ["a" * 20 + "\n" + "b" * 10 + "\n", "c" * 15 + "\n"]
    assert (stats.n_documents, stats.n_pieces) == (1, 2)


def test_a_continued_piece_is_a_segment_of_its_own_with_the_file_id():
    rows, _ = pack(["a" * 31 + "\n" + "b" * 7 + "\n"], first_id=77)
    assert sorted(row["file_ids"] for row in rows) == [[77], [77, 0]]
    assert [row["labels"][0] for row in rows] == [-100, -100]


def test_a_line_longer_than_a_row_is_cut_between_characters():
    rows, stats = pack(["漢" * 30], row_tokens=32)
    pieces = [spelled(row["input_ids"][s]) for row in rows for f, s in segments(row) if f]
    assert sorted(pieces) == ["漢" * 10] * 3
    assert stats.kept_fraction == 1


def test_null_and_empty_documents_are_left_out():
    rows, stats = pack([None, "", "a"])
    assert [row["file_ids"] for row in rows] == [[3, 0]]
    assert stats.n_documents == 1


def test_no_document_gives_no_row():
    rows, stats = pack([])
    assert rows == []
    assert (stats.fill_fraction, stats.kept_fraction) == (1, 1)


def test_a_sliced_array_packs_like_its_copy():
    texts = pa.array(["dropped", lines(9), None, lines(30)], pa.large_string())
    ids = pa.array([9, 1, 2, 3], pa.int64())
    settings = PackingSettings(row_tokens=64)
    sliced = pack_documents(texts[1:], ids[1:], BYTES, settings)
    copied = pack_documents(
        pa.array(texts.to_pylist()[1:], pa.string()), pa.array([1, 2, 3]), BYTES, settings
    )
    assert list(sliced.batches) == list(copied.batches)
    assert sliced.file_ids.tolist() == [1, 3]


def test_rows_do_not_depend_on_the_rows_per_batch():
    texts = [lines(n, n) for n in range(1, 40)]
    one, _ = pack(texts, row_tokens=64, rows_per_batch=1)
    many, _ = pack(texts, row_tokens=64, rows_per_batch=1000)
    assert one == many


def test_the_seed_changes_the_order_of_rows_alone_without_fim():
    texts = [lines(n, n) for n in range(1, 40)]
    one, _ = pack(texts, row_tokens=64, seed=1)
    two, _ = pack(texts, row_tokens=64, seed=2)
    assert one != two
    assert sorted(map(str, one)) == sorted(map(str, two))


def test_rearranged_pieces_fit_and_end_and_lose_nothing():
    texts = [lines(n, n) for n in range(1, 60)]
    rows, stats = pack(texts, row_tokens=64, fim=FimSettings(rate=1))
    _, middle, _ = BYTES.spec.fim_ids
    pieces = [row["input_ids"][span] for row in rows for f, span in segments(row) if f]
    made = [ids for ids in pieces if middle in ids]
    assert len(made) == stats.n_psm + stats.n_spm == stats.n_pieces - stats.n_fim_too_long
    assert all(ids[-1] == END for ids in made)
    letters = sum(len(spelled(ids)) for ids in pieces)
    assert letters == sum(map(len, texts)) == stats.n_kept_tokens


def test_what_rearranged_exceeds_a_row_stays_plain():
    rows, stats = pack(["x" * 31], fim=FimSettings(rate=1))
    assert (stats.n_fim_too_long, stats.n_psm, stats.n_spm) == (1, 0, 0)
    assert rows[0]["input_ids"][-1] == END


def test_without_sentinels_nothing_is_rearranged():
    spec = TokenizerSpec(BYTES.spec.tokenizer_json, (("end_of_text", 0),))
    rows, stats = pack(["abc"], encoder=Encoder(spec), fim=FimSettings(rate=1))
    assert (stats.n_psm, stats.n_spm) == (0, 0)
    assert rows[0]["input_ids"][3:] == [0] * 29


def test_best_fit_takes_the_row_with_the_least_room():
    assert best_fit_rows(np.array([2, 7, 5, 3]), 10) == [[1, 3], [2, 0]]


def test_best_fit_fills_rows_with_what_fits():
    lengths = np.random.default_rng(0).integers(1, 2048, 20_000)
    rows = best_fit_rows(lengths, 2048)
    loads = [int(lengths[row].sum()) for row in rows]
    assert sorted(i for row in rows for i in row) == list(range(20_000))
    assert max(loads) <= 2048
    assert sum(loads) / (2048 * len(rows)) > 0.99


def test_an_item_longer_than_a_row_is_refused():
    with pytest.raises(ValueError, match="an item of 11 does not fit into 10"):
        best_fit_rows(np.array([11]), 10)


@pytest.mark.parametrize("wrong", [{"row_tokens": 31}, {"rows_per_batch": 0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        PackingSettings(**wrong)
