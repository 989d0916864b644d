import json
import subprocess
import sys

import pytest
import typer
from packed import write_build
from typer.testing import CliRunner

from codemill.training import cli

TINY = ["--hidden-size", "32", "--layers", "1", "--heads", "2", "--device", "cpu"]
QUICK = ["--steps", "3", "--batch-tokens", "32", "--learning-rate", "0.02"]


@pytest.fixture
def app():
    """As the whole command mounts it."""
    mounted = typer.Typer()
    mounted.add_typer(cli.app, name="train")
    mounted.command()(cli.generate)
    return mounted


def run(app, *arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_a_model_is_trained_and_generates(app, tmp_path):
    build = write_build(tmp_path / "build")
    model = tmp_path / "model"
    trained = run(app, "train", "pretrain", build, "--to", model, *TINY, *QUICK)
    assert trained.exit_code == 0, trained.output
    assert "unigram entropy" in trained.output
    assert json.loads((model / "config.json").read_text())["hidden_size"] == 32
    written = run(app, "generate", model, "--prompt", "ab", "--max-new-tokens", "2")
    assert written.exit_code == 0, written.output
    assert written.output.startswith("ab")
    filled = run(app, "generate", model, "--prompt", "a", "--suffix", "b", "--max-new-tokens", "1")
    assert filled.output.startswith("a")
    assert filled.output.endswith("b\n")


def test_a_user_error_is_a_line_and_exit_code_2(app, tmp_path):
    result = run(app, "train", "pretrain", tmp_path, "--to", tmp_path / "m", "--model", "huge")
    assert result.exit_code == 2
    assert "error: no model size 'huge'" in result.output


def test_the_commands_import_no_torch_until_they_run():
    code = "import sys, codemill.training.cli; print({'torch', 'transformers'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"


@pytest.mark.parametrize(
    "arguments", [["train", "pretrain", "b", "--to", "m"], ["generate", "m", "--prompt", "x"]]
)
def test_without_the_extra_one_line_says_what_to_install(app, monkeypatch, arguments):
    for name in [n for n in sys.modules if n.startswith("codemill.training.")]:
        if not name.endswith((".cli", ".settings")):
            monkeypatch.delitem(sys.modules, name)
    for name in ("pretrain", "generate"):
        monkeypatch.delattr(f"codemill.training.{name}", raising=False)

    class NoTorch:
        def find_spec(self, name, path=None, target=None):
            if name == "torch":
                raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "meta_path", [NoTorch(), *sys.meta_path])
    result = run(app, *arguments)
    assert result.exit_code == 2
    assert result.output == "torch is not installed: pip install 'codemill[train]'\n"
