import base64

import pyarrow as pa
import pytest

NOISE = bytes(i * i * 31 % 251 for i in range(1200))
BASE64 = base64.b64encode(NOISE).decode()
ESCAPED = "".join(f"\\x{b:02x}" for b in NOISE)
TABLE = ", ".join(f"0x{b:02x}" for b in NOISE)


def wrapped(text, width=76):
    return "\n".join(text[i : i + width] for i in range(0, len(text), width))


@pytest.mark.parametrize("blob", [BASE64, NOISE.hex(), ESCAPED], ids=["base64", "hex", "escapes"])
def test_a_blob_is_dropped(drops, score, blob):
    assert score("encoded_blob", f'DATA = "{blob}"\n')[0] >= len(blob)
    assert drops("encoded_blob", f'DATA = "{blob}"\n') == [True]


def test_lines_of_base64_count_together(score):
    (length,) = score("encoded_blob", "key:\n" + wrapped(BASE64) + "\n")
    assert 1500 < length <= len(wrapped(BASE64))


def test_lines_of_two_rows_do_not(score):
    line = BASE64[:100]
    assert score("encoded_blob", line, line, "\n" + line) == [100.0, 100.0, 100.0]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2000,
        "=" * 2000,
        "0123456789" * 200,
        "src/main/java/org/acme/internal/deep/" * 40,
        "thequickbrownfox" * 100,
        TABLE,
    ],
    ids=["letter", "rule", "digits", "path", "words", "table"],
)
def test_what_only_looks_encoded_is_kept(drops, text):
    assert drops("encoded_blob", text) == [False]


def test_a_digest_is_measured_but_kept(drops, score):
    digest = NOISE.hex()[:64]
    assert score("encoded_blob", f"sha256 = '{digest}'") == [64.0]
    assert drops("encoded_blob", f"sha256 = '{digest}'") == [False]


@pytest.mark.parametrize("shift", range(0, 70, 7))
def test_a_run_is_found_wherever_it_begins(score, shift):
    run = BASE64[:64]
    assert score("encoded_blob", "-" * shift + run + "-", "." + run[:63]) == [64.0, 0.0]


def test_slices_are_measured_alike(batch_of):
    from codemill.transforms.quality import discover

    texts = ["a", BASE64, "b" + BASE64[:80] + "-"]
    whole = discover()["encoded_blob"].score(batch_of(*texts))
    assert whole.equals(pa.array([0.0, float(len(BASE64)), 81.0]))
