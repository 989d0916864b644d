"""README, docs and help say what is true."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemill.pipeline.cli import app
from codemill.pipeline.sources import manifest
from codemill.pipeline.stages.all import STAGES
from codemill.transforms.dedup import ranking
from codemill.transforms.dedup.ranking import CRITERIA, KEEP_POLICY

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCS = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])


def test_the_schema_page_is_the_schemas():
    page = runpy.run_path(str(ROOT / "docs" / "schema_page.py"))["page"]()
    assert (ROOT / "docs" / "schema.md").read_text() == page


def test_the_page_of_filters_is_the_filters():
    page = runpy.run_path(str(ROOT / "docs" / "filters_page.py"))["page"]()
    assert (ROOT / "docs" / "filters.md").read_text() == page


def test_the_page_on_learning_value_is_the_formula():
    page = runpy.run_path(str(ROOT / "docs" / "learning_value_page.py"))["page"]()
    assert (ROOT / "docs" / "learning_value.md").read_text() == page


def test_the_page_on_redaction_lists_every_pattern():
    table = runpy.run_path(str(ROOT / "docs" / "pattern_table.py"))["table"]()
    assert (ROOT / "docs" / "redaction.md").read_text().endswith("\n\n" + table)


def test_the_page_on_duplicates_lists_every_criterion_with_its_bits():
    page = (ROOT / "docs" / "duplicates.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) \| .* \|$", page, re.MULTILINE)
    assert [(name, int(bits)) for name, bits in rows] == [(n, c.bits) for n, c in CRITERIA.items()]
    default = re.search(r"^    keep = (\[.*\])$", page, re.MULTILINE).group(1)
    assert tuple(ast.literal_eval(default)) == KEEP_POLICY


def test_the_table_of_criteria_in_the_module_has_their_bits():
    rows = re.findall(r"^    (\w+) +(\d+) bits? ", ranking.__doc__, re.MULTILINE)
    assert [(name, int(bits)) for name, bits in rows] == [(n, c.bits) for n, c in CRITERIA.items()]


def test_the_page_on_manifests_lists_every_column_with_its_other_names():
    page = (ROOT / "docs" / "manifest.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE)
    told = {name: (name, *re.findall(r"`(\w+)`", others)) for name, others in rows}
    assert told == dict(manifest._NAMES)


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in DOCS:
        named = set(re.findall(r"(?:^|`|    )make ([a-z-]+)", path.read_text(), re.MULTILINE))
        assert named <= targets, path


def test_every_command_that_is_named_exists():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {"train", "generate", "tokenizer"}
    for path in DOCS:
        named = set(re.findall(r"(?:^|`|    )codemill ([a-z]+)", path.read_text(), re.MULTILINE))
        assert named <= known, path


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.name)
def test_links_and_paths_lead_somewhere(path):
    text = path.read_text()
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    folders = "|".join(p.name for p in ROOT.iterdir() if p.is_dir() and p.name[0] != ".")
    named = re.findall(rf"`((?:{folders})/[\w/.]+\.\w+)`", text)
    for target in [*linked, *named]:
        if "NAME" not in target:
            assert (ROOT / target).exists() or (path.parent / target).exists(), target


def test_the_readmes_tree_is_the_tree():
    tree = re.search(r"## The tree\n\n((?:    .*\n|\n)+)", README).group(1)
    names = re.findall(r"^    (\S+)", tree, re.MULTILINE)
    assert names
    for name in names:
        assert (ROOT / name).exists(), name


def test_the_stages_are_those_of_the_readmes_table():
    rows = [line.split("|")[1].strip() for line in README.splitlines() if line.startswith("| ")]
    assert [s.name for s in STAGES] == [name for name in rows if name in {s.name for s in STAGES}]


@pytest.mark.parametrize("command", ["build", "explain", "forget", "report", "inspect", "study"])
def test_help_needs_no_more_than_the_command_line(command):
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0
    assert "Usage" in told.output


def test_the_command_line_starts_without_beam_and_torch():
    code = "import sys, codemill.pipeline.cli; print({'torch', 'apache_beam'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
