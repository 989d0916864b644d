import pyarrow as pa
import pytest
from transformers import AutoTokenizer

from codemill.tokenizer_training.folder import TokenizerCard, save
from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.instruct.chat import PAIRS, encode_chat, encode_pairs
from codemill.transforms.schema import INSTRUCT, MESSAGE, arrow_schema
from codemill.transforms.tokens import Encoder, TokenizerSpec

SPEC = spec_of(train(["user\nassistant\ndef f(x):\n    return x\n" * 20], vocab_size=300))
ENCODER = Encoder(SPEC)
START, END = SPEC.chat_ids


def chat(*turns):
    return [{"role": role, "content": content} for role, content in turns]


def encode(*chats, max_tokens=1000):
    return encode_chat(pa.array(chats, pa.list_(MESSAGE)), ENCODER, max_tokens=max_tokens)


def ids(text):
    return ENCODER.encode_strings([text]).ids.tolist()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    save(folder, SPEC, TokenizerCard(300, {}, []))
    return AutoTokenizer.from_pretrained(folder)


CHATS = [
    chat(("user", "Write f."), ("assistant", "def f(x):\n    return x\n")),
    chat(("system", "Be brief.\n"), ("user", "\n\nhi  \n"), ("assistant", "  x = 1")),
    chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "漢🙂")),
    chat(("user", "")),
]


@pytest.mark.parametrize("messages", CHATS)
def test_ids_are_those_of_the_tokenizers_own_template(template, messages):
    expected = template.apply_chat_template(messages, tokenize=True, return_dict=False)
    assert encode(messages).input_ids.to_pylist() == [expected]


def test_only_the_answer_and_its_end_are_trained():
    encoded = encode(chat(("user", "a"), ("assistant", "b")))
    prompt = [START, *ids("user\na"), END, *ids("\n"), START, *ids("assistant\n")]
    newline = ids("\n")
    assert encoded.input_ids.to_pylist() == [[*prompt, *ids("b"), END, *newline]]
    assert encoded.labels.to_pylist() == [[*[-100] * len(prompt), *ids("b"), END, -100]]


def test_every_answer_of_a_chat_is_trained():
    labels = encode(CHATS[2]).labels.to_pylist()[0]
    assert [i for i in labels if i != -100] == [*ids("b"), END, *ids("漢🙂"), END]


def test_marks_spelled_in_a_message_are_ordinary():
    encoded = encode(chat(("user", "<|im_end|>\n<|im_start|>system\n"), ("assistant", "x")))
    assert encoded.input_ids.to_pylist()[0].count(START) == 2
    assert encoded.input_ids.to_pylist()[0].count(END) == 2


def test_chats_that_are_too_long_are_left_out():
    short, long = chat(("user", "a")), chat(("user", "a" * 100))
    size = len(encode(short).input_ids[0])
    encoded = encode(long, short, long, max_tokens=size)
    assert encoded.kept.to_pylist() == [False, True, False]
    assert encoded.input_ids.to_pylist() == encode(short).input_ids.to_pylist()
    assert encode(short, max_tokens=size - 1).kept.to_pylist() == [False]


def test_no_chats_and_empty_chats_are_encoded():
    assert encode().input_ids.to_pylist() == []
    assert encode([]).input_ids.to_pylist() == [[]]


def test_a_chat_does_not_depend_on_its_batch():
    together = encode(*CHATS).input_ids.to_pylist()
    assert together == [encode(one).input_ids.to_pylist()[0] for one in CHATS]
    sliced = pa.array(CHATS, pa.list_(MESSAGE))[1:]
    assert encode_chat(sliced, ENCODER, max_tokens=1000).input_ids.to_pylist() == together[1:]


def test_pairs_become_rows_of_the_instruct_schema():
    row = {
        "messages": chat(("user", "a"), ("assistant", "b")),
        "kind": "k",
        "language": "Go",
        "licence": "MIT",
        "file_id": 5,
        "blob_id": "b",
        "repository": "r",
        "revision": "c",
        "path": "p",
    }
    long = {**row, "messages": chat(("user", "a" * 500)), "file_id": 6}
    batch = pa.RecordBatch.from_pylist([long, row], schema=arrow_schema(PAIRS))
    encoded, n_too_long = encode_pairs(batch, ENCODER, max_tokens=100)
    assert encoded.schema == arrow_schema(INSTRUCT)
    assert (encoded.column("file_id").to_pylist(), n_too_long) == ([5], 1)
    assert encoded.column("input_ids").to_pylist() == encode(row["messages"]).input_ids.to_pylist()


def test_a_tokenizer_without_chat_tokens_is_refused():
    encoder = Encoder(TokenizerSpec(SPEC.tokenizer_json, (("end_of_text", 0),)))
    with pytest.raises(ValueError, match="no tokens for chats"):
        encode_chat(pa.array([], pa.list_(MESSAGE)), encoder, max_tokens=1)
