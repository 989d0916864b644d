def test_a_frame_is_dropped_and_a_page_kept(drops):
    frame, page = "<html><body><div id=app></div></body>", "<p>" + "Some words. " * 20
    assert drops("html_short", frame, page, languages=["HTML", "HTML"]) == [True, False]


def test_white_space_counts_once(score):
    assert score("html_short", "<p>a \n\t b</p>", languages=["HTML"]) == [3.0]


def test_a_script_is_no_frame(drops):
    page = "<html><script>" + "draw(canvas);\n" * 9 + "</script>"
    assert drops("html_short", page, languages=["HTML"]) == [False]
