"""A model card as HTML: figures, tables, and no HTML of its own."""

from scoring.model_cards import as_html


def test_a_picture_that_stands_alone_becomes_a_figure_with_a_caption() -> None:
    page = as_html('# Title\n\n![A curve](pictures/a.svg "Loss by epoch")\n\nSee ![x](b.svg) here.')
    assert page.startswith('<figure><a href="pictures/a.svg"><img alt="A curve"')
    assert "<figcaption>Loss by epoch</figcaption></figure>" in page
    assert "<p>See <img" in page


def test_the_description_is_the_caption_where_there_is_no_title() -> None:
    assert "<figcaption>A curve</figcaption>" in as_html("# Title\n\n![A curve](a.svg)")


def test_html_in_a_card_is_text() -> None:
    page = as_html("# Title\n\n<script>alert(1)</script>\n\na <b>bold</b> word, p < 0.05 & more")
    assert "<script>" not in page and "<b>" not in page
    assert "&lt;script&gt;" in page and "p &lt; 0.05 &amp; more" in page


def test_a_card_leads_nowhere_that_runs_and_takes_no_picture_from_elsewhere() -> None:
    page = as_html(
        "# T\n\n[x](javascript:alert(1)) and [y](https://example.org/)\n\n![z](https://a.b/c.png)"
    )
    assert "javascript" not in page and 'href="https://example.org/"' in page
    assert "src=" not in page


def test_columns_are_aligned_without_inline_styles() -> None:
    page = as_html("# Title\n\n| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<td align="right">2</td>' in page and "style" not in page


def test_a_table_moves_aside_in_a_box_and_is_called_as_the_heading_above_it() -> None:
    page = as_html("# Title\n\n## Figures *so far*\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert '<div class="table-scroll"><table>' in page
    assert '<caption class="visually-hidden">Figures so far</caption>' in page
    assert '<th scope="col">a</th>' in page
