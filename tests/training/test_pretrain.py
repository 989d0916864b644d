import io
import json
import os
import signal

import pytest
import torch
from packed import ROLES, counting_rows, footer, write_build, write_shards
from rich.console import Console
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from codemill.training.metrics import METRICS
from codemill.training.model import make_model
from codemill.training.optimiser import Optimiser, schedule
from codemill.training.pretrain import pretrain
from codemill.training.settings import ModelShape, PretrainSettings
from codemill.training.shards import Footer

SHAPE = ModelShape(hidden_size=32, layers=1, heads=2)
SETTINGS = {
    "steps": 12,
    "batch_tokens": 32,
    "learning_rate": 0.02,
    "warmup_steps": 2,
    "device": "cpu",
    "eval_every": 6,
    "checkpoint_every": 5,
    "log_every": 4,
}


@pytest.fixture
def build(tmp_path):
    return write_build(tmp_path / "build")


def train(build, folder, *, shape=SHAPE, clock=lambda: 0.0, terminal=False, **changes):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    settings = PretrainSettings(**{**SETTINGS, **changes})
    result = pretrain(build, folder, shape, settings, console=console, clock=clock)
    return result, console.file.getvalue()


def metrics(folder, key):
    records = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    return [record[key] for record in records if key in record]


class Interrupting:
    """A clock that sends this process a signal at the given reading."""

    def __init__(self, reading, number):
        self.reading, self.number, self.readings = reading, number, 0

    def __call__(self):
        self.readings += 1
        if self.readings == self.reading:
            os.kill(os.getpid(), self.number)
        return 0.0


def test_the_model_learns_what_unigrams_cannot_know(build, tmp_path):
    result, _ = train(build, tmp_path / "model", steps=60)
    assert result.loss < result.unigram_entropy - 1
    assert result.validation.loss < result.unigram_entropy - 1
    assert 0 < result.validation.bits_per_byte < 8


def test_the_model_folder_loads_in_transformers(build, tmp_path):
    folder = train(build, tmp_path / "model")[0].folder
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.vocab_size == 320
    assert model.config.codemill["special_tokens"] == ROLES
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == 0
    assert tokenizer.decode(tokenizer("naïve").input_ids) == "naïve"
    assert "library_name: transformers" in (folder / "README.md").read_text()


def test_every_step_is_logged(build, tmp_path):
    train(build, tmp_path / "model")
    steps = metrics(tmp_path / "model", "step")
    assert steps == [1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 12]
    assert len(metrics(tmp_path / "model", "loss")) == 12
    assert len(metrics(tmp_path / "model", "validation_loss")) == 2
    assert metrics(tmp_path / "model", "tokens")[-1] == 12 * 32


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_to_the_same_losses_and_weights(build, tmp_path, number):
    train(build, tmp_path / "whole")
    stopped, shown = train(build, tmp_path / "parts", clock=Interrupting(13, number))
    assert (stopped.interrupted, stopped.step) == (True, 7)
    assert "Stopped after step 7; the same command goes on from there." in shown
    assert not (tmp_path / "parts" / "config.json").exists()
    resumed, shown = train(build, tmp_path / "parts")
    assert (resumed.interrupted, resumed.step) == (False, 12)
    assert "going on from step 7" in shown
    assert metrics(tmp_path / "parts", "loss") == metrics(tmp_path / "whole", "loss")
    weights = [load_file(tmp_path / n / "model.safetensors") for n in ("whole", "parts")]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_killed_run_goes_on_from_its_last_checkpoint(build, tmp_path):
    """Whatever was logged after it, a torn line included, is dropped."""
    train(build, tmp_path / "whole")

    def dying():
        dying.readings += 1
        if dying.readings == 17:
            raise MemoryError
        return 0.0

    dying.readings = 0
    with pytest.raises(MemoryError):
        train(build, tmp_path / "killed", clock=dying)
    with open(tmp_path / "killed" / METRICS, "a") as file:
        file.write('{"step": 9, "lo')
    assert "going on from step 5" in train(build, tmp_path / "killed")[1]
    assert metrics(tmp_path / "killed", "loss") == metrics(tmp_path / "whole", "loss")


def test_a_finished_run_is_not_trained_again(build, tmp_path):
    first, _ = train(build, tmp_path / "model")
    again, shown = train(build, tmp_path / "model")
    assert again.loss == first.loss
    assert "step 1/12" not in shown


def test_signals_act_as_before_when_a_run_is_over(build, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    train(build, tmp_path / "model")
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.01}, "learning_rate 0.02 not 0.01"),
        ({"seed": 1}, "seed 0 not 1"),
        ({"shape": ModelShape(16, 1, 2)}, "hidden_size 32 not 16"),
    ],
)
def test_a_folder_with_another_run_is_refused(build, tmp_path, change, message):
    train(build, tmp_path / "model", steps=1)
    with pytest.raises(ValueError, match=message):
        train(build, tmp_path / "model", **change)


def test_a_folder_with_other_things_is_refused(build, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ValueError, match=r"holds README\.md|holds build"):
        train(build, tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_damaged_checkpoint_is_refused(build, tmp_path):
    train(build, tmp_path / "model", steps=1)
    (tmp_path / "model" / "checkpoint.pt").write_bytes(b"no")
    with pytest.raises(ValueError, match="delete it to begin anew"):
        train(build, tmp_path / "model")


def test_a_build_without_validation_trains(tmp_path):
    build = write_build(tmp_path / "build", validation=0)
    result, shown = train(build, tmp_path / "model", steps=2)
    assert result.validation is None
    assert "no validation split" in shown


def test_a_build_smaller_than_a_batch_trains(tmp_path):
    build = write_build(tmp_path / "build", train=3)
    assert train(build, tmp_path / "model", batch_tokens=4096, steps=2)[0].step == 2


def test_a_validation_split_of_another_build_is_refused(build, tmp_path):
    other = [footer(tokenizer_digest="d2")]
    write_shards(build / "pretrain", "validation", [counting_rows(1)], footers=other)
    with pytest.raises(ValueError, match="tokenizer_digest d2"):
        train(build, tmp_path / "model")


def test_a_build_without_a_tokenizer_is_refused(build, tmp_path):
    (build / "tokenizer" / "tokenizer.json").unlink()
    with pytest.raises(ValueError, match=r"tokenizer\.json is missing"):
        train(build, tmp_path / "model")


def test_a_tokenizer_other_than_the_shards_is_refused(build, tmp_path):
    with open(build / "tokenizer" / "tokenizer.json", "a") as file:
        file.write(" ")
    with pytest.raises(ValueError, match="is not the tokenizer that encoded the shards"):
        train(build, tmp_path / "model")


def test_a_lost_loss_stops_the_run(build, tmp_path):
    with pytest.raises(ValueError, match=r"the loss is nan at step .*: try a rate below"):
        train(build, tmp_path / "model", learning_rate=1e30, warmup_steps=0)


def test_an_unknown_device_is_refused(build, tmp_path):
    with pytest.raises(ValueError, match="device 'toaster' cannot be used"):
        train(build, tmp_path / "model", device="toaster")


def test_plain_lines_show_loss_and_speed(build, tmp_path):
    readings = iter(range(1000))
    _, shown = train(build, tmp_path / "model", clock=lambda: float(next(readings)))
    lines = [line for line in shown.splitlines() if line.startswith("step")]
    assert [line.split()[1] for line in lines] == ["1/12", "4/12", "6", "8/12", "12/12", "12"]
    assert "  32 tokens/s  8 s left" in lines[1]


def test_a_terminal_shows_a_bar(build, tmp_path):
    _, shown = train(build, tmp_path / "model", terminal=True)
    assert "12/12" in shown
    assert "━" in shown


def test_the_rate_rises_then_falls_as_a_cosine():
    settings = PretrainSettings(steps=10, warmup_steps=2, final_learning_rate_share=0.1)
    shares = [round(schedule(step, settings), 3) for step in range(10)]
    assert shares == [0.5, 1.0, 1.0, 0.966, 0.868, 0.722, 0.55, 0.378, 0.232, 0.134]


def test_the_embedding_and_norms_are_adamws_and_all_else_muons():
    model = make_model(SHAPE, Footer(8, "d1", ROLES, 300, "1", {}), seed=0)
    names = {id(p): name for name, p in model.named_parameters()}
    state = Optimiser(model, PretrainSettings()).state_dict()
    sizes = {name: len(part["param_groups"][0]["params"]) for name, part in state.items()}
    assert sizes == {"muon": 7, "adamw": 4}
    assert len(names) == 11
