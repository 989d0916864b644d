XML = '<?xml version="1.0"?>\n<TS language="de"/>\n'


def test_xml_by_another_name_is_dropped(drops):
    assert drops("xml_disguised", XML, languages=["TypeScript"]) == [True]


def test_xml_by_its_own_name_has_no_score(score):
    assert score("xml_disguised", XML, XML, languages=["XML", "XSLT"]) == [None, None]


def test_code_that_writes_xml_is_kept(drops):
    code = "# writer\n" * 12 + f"HEAD = {XML!r}\n"
    assert drops("xml_disguised", code) == [False]


def test_a_language_that_is_not_known_may_be_dropped(drops):
    assert drops("xml_disguised", XML, "x", languages=[None, None]) == [True, False]
