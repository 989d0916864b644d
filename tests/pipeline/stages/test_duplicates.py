"""The stage `duplicates` on what `files` leaves, against brute force."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from judged import judged

from codemill.pipeline import parts, storage
from codemill.pipeline.config import config_from_table
from codemill.pipeline.errors import UserError
from codemill.pipeline.runner import GraphError, RunSettings
from codemill.pipeline.stages.duplicates import LEDGER_DIR, removed_rows, settle
from codemill.pipeline.stages.duplicates.stage import make

COLUMNS = ["repository", "path", "rule", "kept_repository", "kept_path", "similarity"]


def config(**duplicates):
    return config_from_table({"duplicates": duplicates})


def words(topic, num, edits=()):
    made = [f"{topic}{n}" for n in range(num)]
    for place in edits:
        made[place] = f"other{place}"
    return " ".join(made)


def ledger(build):
    """(repository, path): the rest of its row."""
    rows = [
        row
        for name in sorted(parts.committed(build.root, LEDGER_DIR))
        for row in parts.read_table(build.root, f"{LEDGER_DIR}/{name}.parquet", COLUMNS).to_pylist()
    ]
    return {(row["repository"], row["path"]): [row[c] for c in COLUMNS[2:]] for row in rows}


def one(topic, path, repository, text=None, **more):
    return {"path": path, "repository": repository, "text": text or words(topic, 100), **more}


def token_sets(texts):
    for text in texts:
        tokens = re.findall(r"\w+|\S", text)
        yield {tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)}


def test_a_near_duplicate_goes_for_the_better_file_with_its_similarity(tmp_path):
    near = words("a", 100, edits=[50])
    build = judged(
        tmp_path,
        [
            [one("a", "x.py", "r/plain", near), one("b", "y.py", "r/plain")],
            [one("a", "z.py", "r/star", stars=5)],
        ],
        config(),
    )
    assert make(build)["dropped"] == {"near_duplicate": 1}
    # 96 shingles each, of which five hold the edited word: 91 of 101.
    assert ledger(build) == {
        ("r/plain", "x.py"): ["near_duplicate", "r/star", "z.py", pytest.approx(0.9010)]
    }
    assert removed_rows(build.root, "train-00000-0000").to_pylist() == [0]


def test_a_copy_in_another_layout_goes_as_the_same_text(tmp_path):
    text = "a = 1\nb = 2\n\nc = a + b\n"
    build = judged(
        tmp_path,
        [[one("", "x.py", "r/a", text)], [one("", "y.py", "r/b", text.replace("\n", " \t\n"))]],
        config(),
    )
    assert make(build)["dropped"] == {"same_text": 1}
    assert [row[0] for row in ledger(build).values()] == ["same_text"]


def test_another_indentation_is_a_near_duplicate_of_similarity_1(tmp_path):
    text = "if a:\n  b = 2\n  c = a + b\n"
    build = judged(
        tmp_path,
        [[one("", "x.py", "r/a", text)], [one("", "y.py", "r/b", text.replace("  ", "    "))]],
        config(),
    )
    assert make(build)["dropped"] == {"near_duplicate": 1}
    assert [row[3] for row in ledger(build).values()] == [1.0]


def test_a_copy_of_what_goes_goes_for_the_file_that_stays(tmp_path):
    near = words("a", 100, edits=[50])
    build = judged(
        tmp_path,
        [
            [one("a", "best.py", "r/1", stars=9)],
            [one("a", "near.py", "r/2", near, stars=5)],
            [one("a", "copy.py", "r/3", near + "  \n")],
        ],
        config(),
    )
    make(build)
    assert ledger(build) == {
        ("r/2", "near.py"): ["near_duplicate", "r/1", "best.py", pytest.approx(0.9010)],
        ("r/3", "copy.py"): ["near_duplicate", "r/1", "best.py", pytest.approx(0.9010)],
    }


def test_files_of_less_than_five_tokens_go_only_as_the_same_text(tmp_path):
    texts = ["x = 1\n", "x = 1  \n", "x = 2\n", "x =  1\n"]
    build = judged(tmp_path, [[{"text": text} for text in texts]], config())
    assert make(build)["dropped"] == {"same_text": 1}


def test_licences_notices_and_lock_files_take_no_part(tmp_path):
    rows = [
        one("a", path, f"r/{n}", lock=path.endswith("lock"))
        for path in ("LICENSE", "NOTICE.md", "poetry.lock")
        for n in range(2)
    ]
    assert make(judged(tmp_path, [rows], config()))["removed"] == 0


def test_nothing_goes_where_it_is_switched_off(tmp_path):
    rows = [one("a", "x.py", f"r/{n}") for n in range(2)]
    assert make(judged(tmp_path, [rows], config(enabled=False)))["removed"] == 0


def test_a_part_without_files_is_written_empty(tmp_path):
    build = judged(tmp_path, [[one("a", "x.py", "r/1")], []], config())
    assert make(build)["removed"] == 0
    assert removed_rows(build.root, "train-none").to_pylist() == []


def families(seed, num_files=400):
    """Parts of files of which many are edits of one another, at all similarities."""
    chance = random.Random(seed)
    rows = []
    for number in range(num_files):
        topic, num = f"t{number % 17}_", 40 + 20 * (number % 3)
        edits = chance.sample(range(num), chance.randrange(0, num // 12))
        text = words(topic, num, edits)
        more = {"stars": chance.randrange(3)}
        rows.append(one("", f"f{number}.py", f"r/{number % 23}", text, **more))
    return [rows[start::7] for start in range(7)]


def greedy(rows):
    """{(repository, path) that goes}: the definition, one file at a time."""
    sets = dict(zip(map(id, rows), token_sets(row["text"] for row in rows), strict=True))
    kept, gone = [], set()
    for row in rows:
        own = sets[id(row)]
        others = [sets[id(k)] for k in kept]
        if any(10 * len(own & o) >= 7 * len(own | o) for o in others):
            gone.add((row["repository"], row["path"]))
        else:
            kept.append(row)
    return gone


def in_keep_order(build, rows):
    order = {}
    for number in range(7):
        name = f"train-{number:05d}-0000"
        signed = parts.read_table(build.root, f"signatures/{name}.parquet", ["rank", "file_id"])
        for row, key in zip(rows[number], signed.to_pylist(), strict=True):
            order[id(row)] = (key["rank"], key["file_id"])
    return sorted((row for part in rows for row in part), key=lambda row: order[id(row)])


@pytest.mark.parametrize("memory_bytes", [1 << 30, 1 << 21])
def test_what_goes_is_what_the_definition_says_in_one_round_or_many(tmp_path, memory_bytes):
    rows = families(3)
    build = judged(tmp_path, rows, config(), memory_bytes=memory_bytes)
    make(build)
    found = ledger(build)
    expected = greedy(in_keep_order(build, rows))
    assert len(expected) > 50
    assert found.keys() == expected
    assert all(row[3] >= 0.7 for row in found.values())
    assert not any((row[1], row[2]) in found for row in found.values())


def test_what_goes_is_the_same_where_groups_settle_apart(tmp_path, monkeypatch):
    rows = families(3)
    monkeypatch.setattr(settle, "BYTES_PER_PAIR", 1 << 40)
    build = judged(tmp_path, rows, config())
    make(build)
    assert parts.committed(build.root, "work/duplicates/settled/00002")
    assert ledger(build).keys() == greedy(in_keep_order(build, rows))


@pytest.mark.parametrize("renames", [3, 12, 30, 45])
def test_a_stage_broken_off_anywhere_goes_on_with_other_memory(tmp_path, monkeypatch, renames):
    rows = families(5, num_files=120)
    whole = judged(tmp_path / "whole", rows, config())
    make(whole)
    build = judged(tmp_path / "broken", rows, config())
    rename, done = storage.rename, []

    def breaking(source, target):
        if len(done) == renames:
            raise OSError("broken off")
        done.append(target)
        rename(source, target)

    monkeypatch.setattr(storage, "rename", breaking)
    with pytest.raises(GraphError, match="broken off"):
        make(build)
    monkeypatch.setattr(storage, "rename", rename)
    make(replace(build, settings=RunSettings(memory_bytes=4 << 20)))
    assert ledger(build) == ledger(whole)
    assert len(ledger(build)) > 10


def test_the_order_of_parts_makes_no_difference(tmp_path):
    rows = families(4)
    ledgers = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        build = judged(tmp_path / name, order, config())
        make(build)
        ledgers.append(ledger(build))
    assert ledgers[0] == ledgers[1]


def losing(tmp_path, **more):
    """A language that loses 20 of 25 files, in two repositories."""
    rows = [
        one("a" if n < 21 else f"own{n}_", f"{n}.py", f"r/{n % 2}", language="Lua")
        for n in range(25)
    ]
    other = [one(f"b{n}_", f"{n}.py", "r/other", language="C") for n in range(30)]
    return judged(tmp_path, [rows[:12], rows[12:], other], config(**more))


def test_a_language_that_loses_more_than_its_share_is_told(tmp_path):
    losses = make(losing(tmp_path))["losses"]
    assert losses["language"] == {"over": 1, "most": [["Lua", 25, 20]]}
    assert losses["repository"] == {"over": 0, "most": []}


def test_a_share_that_is_allowed_is_not_told(tmp_path):
    assert make(losing(tmp_path, warn_loss=0.8))["losses"]["language"]["over"] == 0


def test_a_language_that_loses_far_too_much_stops_the_build(tmp_path):
    with pytest.raises(UserError, match=r"20 of the 25 files of the language Lua.*stop_loss"):
        make(losing(tmp_path, stop_loss=0.7))


def whole(tmp_path, parts_, **more):
    build = judged(tmp_path, parts_, config(whole_repositories=True, **more))
    return make(build), ledger(build), build


def repository(name, topics, **more):
    return [one(topic, f"{topic}.py", name, **more) for topic in topics]


def test_a_repository_mostly_in_another_goes_as_a_whole(tmp_path):
    counts, found, _ = whole(
        tmp_path,
        [repository("r/fork", "abx"), repository("r/origin", "abcd", stars=1)],
    )
    assert counts["dropped"] == {"duplicate_repository": 3}
    assert found == {
        ("r/fork", "a.py"): ["duplicate_repository", "r/origin", "a.py", 1.0],
        ("r/fork", "b.py"): ["duplicate_repository", "r/origin", "b.py", 1.0],
        ("r/fork", "x.py"): ["duplicate_repository", "r/origin", None, None],
    }


def test_a_repository_that_stays_has_no_holes(tmp_path):
    rows = [repository("r/one", "abcd"), repository("r/other", "axyzuv", stars=1)]
    _, found, build = whole(tmp_path, rows)
    assert found == {}
    assert removed_rows(build.root, "train-00000-0000").to_pylist() == []


def test_copies_within_one_repository_stay_with_it(tmp_path):
    same = [one("a", f"{n}.py", "r/one") for n in range(4)]
    assert whole(tmp_path, [same])[1] == {}


def test_a_repository_over_several_parts_is_decided_once(tmp_path):
    rows = [
        repository("r/fork", "ab"),
        repository("r/fork", "xyz"),
        repository("r/origin", "abc", stars=1),
    ]
    assert whole(tmp_path / "half", rows)[1] == {}
    counts, found, _ = whole(tmp_path / "third", rows, repository_share=0.33)
    assert counts["removed"] == 5
    assert {key[0] for key in found} == {"r/fork"}


def test_of_many_equal_repositories_one_stays(tmp_path):
    topics = [f"t{n}_" for n in range(4)]
    rows = [row for n in range(60) for row in repository(f"r/{n}", topics)]
    counts, found, _ = whole(tmp_path, [rows[:80], rows[80:160], rows[160:]])
    assert counts["removed"] == 59 * 4
    assert len({key[0] for key in found}) == 59


def test_whole_repositories_of_a_part_without_files(tmp_path):
    rows = [repository("r/fork", "ab"), repository("r/origin", "ab", stars=1), []]
    assert whole(tmp_path, rows)[0]["removed"] == 2


def test_the_ledger_says_how_much_of_the_repository_is_elsewhere(tmp_path):
    rows = [repository("r/fork", "ab"), repository("r/origin", "ab", stars=1)]
    _, _, build = whole(tmp_path, rows)
    path = f"{LEDGER_DIR}/train-00000-0000.parquet"
    columns = ["value", "threshold", "detail"]
    row = parts.read_table(build.root, path, columns).to_pylist()[0]
    size = 2 * len(words("a", 100))
    assert row == {
        "value": 1.0,
        "threshold": 0.5,
        "detail": f"{size:,} of {size:,} bytes of the repository are like files of the one kept",
    }
