import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from small_build import ALL_ROLES, COUNTS, write_build

from codemill.pipeline.report import Report, render_report
from codemill.pipeline.report.charts import funnel, losses
from codemill.pipeline.report.data import gather
from codemill.pipeline.report.figures import Figures, Step
from codemill.pipeline.report.warnings import warnings


class Elements(HTMLParser):
    """Names of the elements met, attributes that load something, and unclosed elements."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.loading: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.loading += [a for a in attrs if a[0] in ("src", "href", "xlink:href", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    return parser


def test_the_page_is_well_formed_and_loads_nothing(report: Report):
    found = elements(report.html)
    assert found.open == []
    assert not found.names & {"script", "link", "img", "iframe", "object", "use", "foreignobject"}
    assert all(value is not None and value.startswith("#") for _, value in found.loading)
    assert "url(" not in report.html
    assert "@import" not in report.html


def test_hostile_paths_and_texts_are_shown_and_not_run(report: Report):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report.html
    assert "&lt;b&gt;add&lt;/b&gt;" in report.html
    assert "A &lt;small&gt; corpus" in report.html
    assert "⟨U+202E⟩gnp.exe" in report.html
    assert "\u202e" not in report.html


def test_the_same_build_makes_the_same_bytes_wherever_it_lies(report: Report, tmp_path: Path):
    root = write_build(tmp_path / "elsewhere")
    turned = dict(reversed(COUNTS.items()))
    again = render_report(str(root), turned, title="A <small> corpus", num_samples=5)
    assert again == report
    assert str(tmp_path) not in again.html


def test_the_page_has_the_numbers_a_person_looks_for(report: Report):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", report.html))
    for shown in (
        "9 files found",
        "4 files kept (44.4%)",
        "26 tokens in rows of 16",
        "2 instruction pairs",
        "files. long_lines 1 11.1% 6 kB example.org/a/b/long/14.py",
        "Rust 1 100.0% 13 B 15.1% 3.25",
        "threshold 900, 1 dropped",
        "Rows are filled to 54.2%",
        "short_or_stub_body 4",
        "0.8125",
    ):
        assert shown in text


def test_an_empty_folder_has_a_page(tmp_path: Path):
    page = render_report(str(tmp_path), {}, title="Nothing", num_samples=3).html
    assert "No file was kept" in page
    assert "Nothing was packed" in page
    assert elements(page).open == []


def test_a_build_without_samples_shows_none(small: Path):
    page = render_report(str(small), COUNTS, title="T", num_samples=0).html
    assert "alert" not in page.split('id="samples"')[1]


def test_an_empty_validation_split_is_warned_of(tmp_path: Path):
    figures = gather(str(write_build(tmp_path, validation=False)), COUNTS, num_samples=0)
    assert any("The validation split holds no file" in line for line in warnings(figures))


def test_special_tokens_that_are_missing_are_warned_of(tmp_path: Path):
    figures = gather(str(write_build(tmp_path, roles=ALL_ROLES[:2])), COUNTS, num_samples=0)
    said = [line for line in warnings(figures) if "no token for" in line]
    assert said == [
        "The tokenizer has no token for fim_prefix, fim_middle, fim_suffix, repo_name, file_sep, "
        "im_start, im_end: what needs them is switched off."
    ]


OUTSIDE = {
    "rule": "long_lines",
    "language": "Lua",
    "files": 1000,
    "dropped": 510,
    "least": 0.0,
    "most": 0.05,
    "worst": "example.org/a/b",
    "worst_dropped": 40,
}


def test_what_the_files_stage_found_outside_its_range_is_warned_of(figures: Figures):
    found = replace(figures, counts={**figures.counts, "files": {"outside": [OUTSIDE]}})
    assert (
        "files.long_lines dropped 510 of the 1,000 files of the language Lua (51%); at most 5% is "
        "expected. 40 of them are example.org/a/b's."
    ) in warnings(found)
    assert not any("expected" in line for line in warnings(figures))


def test_what_each_rule_takes_of_each_language_is_drawn(figures: Figures):
    assert figures.judged.losses == {
        "Python": {None: 4, "long_lines": 1},
        "Rust": {None: 1},
    }
    drawn = losses({"Lua": {None: 3, "long_lines": 1}, None: {"binary": 2}})
    assert "<title>long_lines 1</title>" in drawn
    assert "Lua 75.0% kept, none 0.0% kept" in drawn
    assert "long_lines 25.0%" in drawn
    assert "<title>kept 3</title>" in drawn
    hostile = losses({"<b>\u202e": {"<i>": 1}})
    assert "<b>" not in hostile
    assert "<i>" not in hostile


def test_padding_is_warned_of(figures: Figures):
    assert "45.8% of the packed rows is padding." in warnings(figures)


def test_bars_of_the_funnel_are_as_wide_as_their_share():
    steps = [Step("A", 100, None, "", []), Step("B", 25, 10, "", [("x<y", 75)])]
    drawn = str(funnel(steps))
    assert re.findall(r'class="bar"[^>]* width="([\d.]+)"', drawn) == ["420.0", "105.0"]
    assert "− 75: x&lt;y" in drawn


def test_who_loses_most_to_near_duplicates_is_told(figures):
    said = [line for line in warnings(figures) if "lost more" in line or "Near-dup" in line]
    assert said == [
        "Near-duplicates took 30 of the 40 files of the language Go.",
        "Near-duplicates took 25 of the 25 files of the repository example.org/a/fork.",
        "2 more repositories lost more than duplicates.warn_loss.",
    ]


def test_learning_value_is_a_picture_a_language(report: Report):
    section = report.html.split('<section id="value">')[1].split("</section>")[0]
    assert section.count("<svg") == 2
    assert "3 files, mean 0.47" in section
    assert "worth least" in section
