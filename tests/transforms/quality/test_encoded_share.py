TABLE = ", ".join(f"0x{i * 31 % 251:02x}" for i in range(200))


def test_a_table_of_bytes_is_dropped(drops, score):
    text = f"static const char logo[] = {{\n  {TABLE}\n}};\n"
    assert score("encoded_share", text)[0] > 0.9
    assert drops("encoded_share", text) == [True]


def test_a_cipher_with_its_table_is_kept(drops):
    code = "for (i = 0; i < rounds; i++) state[i] = mix(state[i], sbox[i]);\n" * 20
    assert drops("encoded_share", f"sbox = {{ {TABLE} }};\n" + code) == [False]


def test_plain_text_has_no_share(score):
    assert score("encoded_share", "print(1)\n", "") == [0.0, None]
