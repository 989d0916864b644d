from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from small_build import COUNTS, write_build

from codemill.pipeline.report import Report, render_report
from codemill.pipeline.report.card import configurations, render_card, size_category
from codemill.pipeline.report.data import gather
from codemill.pipeline.report.figures import Figures
from codemill.pipeline.report.tallies import Amount, Tally
from codemill.transforms import schema


def front(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_the_front_matter_says_how_each_part_is_loaded(report: Report):
    about = front(report.card)
    assert about["license"] == "other"
    assert about["language"] == ["code"]
    assert about["size_categories"] == ["n<1K"]
    configs = {c["config_name"]: c["data_files"] for c in about["configs"]}
    assert list(configs) == ["text", "pretrain", "instruct", "files", "ledger"]
    assert configs["text"] == [
        {"split": "train", "path": "text/train-*.parquet"},
        {"split": "validation", "path": "text/validation-*.parquet"},
    ]
    assert configs["files"] == [{"split": "train", "path": "files/*.parquet"}]
    assert configs["ledger"] == [{"split": "train", "path": "ledger/*/*.parquet"}]


def test_a_split_without_rows_is_left_out(tmp_path: Path):
    figures = gather(str(write_build(tmp_path, validation=False)), COUNTS, num_samples=0)
    splits = {
        c["config_name"]: [f["split"] for f in c["data_files"]] for c in configurations(figures)
    }
    assert splits["text"] == splits["pretrain"] == splits["instruct"] == ["train"]
    assert "instruct/validation" in render_card(figures, "T")


def test_an_empty_folder_has_a_card_without_configurations(tmp_path: Path):
    card = render_report(str(tmp_path), {}, title="Nothing", num_samples=3).card
    assert front(card)["configs"] == []


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**6, "1M<n<10M"),
        (10**12 - 1, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_sizes_have_hugging_faces_names(rows: int, name: str):
    assert size_category(rows) == name


def test_every_column_of_the_schema_is_told_of(report: Report):
    for column in (*schema.TEXT, *schema.PRETRAIN, *schema.INSTRUCT, *schema.LEDGER):
        assert f"| `{column.name}` |" in report.card
        assert column.doc in report.card
    assert "| `labels` | `list<int32>` |" in report.card


def test_a_licence_cannot_break_out_of_its_cell(figures: Figures):
    licences = Tally()
    licences._amounts = {"MIT | <b>\n# x [y](z)": Amount(1, 1)}
    card = render_card(replace(figures, kept=replace(figures.kept, licences=licences)), "T")
    assert r"| MIT \| \<b\>⟨U+000A⟩\# x \[y\](z) | 1 | 1 B |" in card


def test_a_title_cannot_break_the_front_matter(figures: Figures):
    card = render_card(figures, 'a: "b"\n---\nlicense: mit')
    assert front(card)["license"] == "other"
    assert front(card)["pretty_name"].startswith('a: "b"')
