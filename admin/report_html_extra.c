#include "admin/report_html_extra.h"
#include "admin/html_out.h"
#include "admin/report_words.h"

static void put(struct report_html *html, const char *markup)
{
    buffer_append_string(html->out, markup);
}

static void put_text(struct report_html *html, const char *english)
{
    html_text(html->out, slice_of_string(language_text(html->language, english)));
}

const struct usual *report_html_usual_for(const struct report_page *page, const struct cell *cells,
                                          size_t index)
{
    const struct usual *of_any = NULL;
    size_t tier = report_words_column(page, "tier");
    for (size_t i = 0; i < page->ending->usual_count; i++) {
        const struct usual *usual = &page->ending->usual[i];
        if (strcmp(usual->field, page->heading->columns[index].field) != 0)
            continue;
        if (usual->tier.size == 0)
            of_any = usual;
        else if (tier < page->heading->column_count && slice_equal(usual->tier, cells[tier].text))
            return usual;
    }
    return of_any;
}

static void append_usual(struct report_html *html, const struct usual *usual)
{
    language_percentage(&html->words, html->language, usual->low, true);
    buffer_append_string(&html->words, "–");
    language_percentage(&html->words, html->language, usual->high, false);
}

void report_html_usual_of(struct report_html *html, const struct report_page *page,
                          const char *field)
{
    const struct usual *only = NULL;
    for (size_t i = 0; i < page->ending->usual_count; i++) {
        const struct usual *usual = &page->ending->usual[i];
        if (strcmp(usual->field, field) != 0)
            continue;
        if (only)
            return;
        only = usual;
    }
    if (!only || (only->tier.size && page->row_count > 1)) /* a sum of several tiers has no tier */
        return;
    put(html, " <small>");
    put_text(html, "usual elsewhere");
    put(html, " ");
    append_usual(html, only);
    report_html_words(html);
    put(html, "</small>");
}

static void put_usual(struct report_html *html, const struct report_page *page,
                      const struct usual *usual)
{
    size_t column = report_words_column(page, usual->field);
    put(html, "<li>");
    put_text(html, page->heading->columns[column].heading);
    if (usual->tier.size) {
        put(html, " (");
        html_text(html->out, usual->tier);
        put(html, ")");
    }
    put(html, " ");
    append_usual(html, usual);
    report_html_words(html);
    put(html, " · ");
    put_text(html, "source");
    buffer_printf(&html->words, "%s %.*s", html->language->colon, SLICE_ARG(usual->source));
    report_html_words(html);
    put(html, "</li>\n");
}

void report_html_usual(struct report_html *html, const struct report_page *page)
{
    if (page->ending->usual_count == 0)
        return;
    put(html, "<div class=\"notes usual\"><p>");
    put_text(html, REPORT_HTML_USUAL);
    put(html, "</p>\n<ul>\n");
    for (size_t i = 0; i < page->ending->usual_count; i++)
        put_usual(html, page, &page->ending->usual[i]);
    put(html, "</ul></div>\n");
}

static void put_change(struct report_html *html, const struct report_page *page,
                       const struct cell *cells, size_t index)
{
    put(html, "<tr>");
    report_html_row_name(html, page, cells);
    put(html, "<td class=\"t\">");
    put_text(html, page->heading->columns[index].heading);
    put(html, "</td><td class=\"n\">");
    report_words_was(&html->words, page, cells, index);
    report_html_words(html);
    put(html, "</td><td class=\"n\">");
    report_words_bare(&html->words, page, cells, index);
    report_html_words(html);
    put(html, "</td><td class=\"t\">");
    report_words_value(&html->words, page, cells, report_words_column(page, "changed_at"));
    report_html_words(html);
    put(html, "</td></tr>\n");
}

static void put_changes_head(struct report_html *html, const struct report_page *page)
{
    buffer_printf(html->out, "<h3 id=\"c%zu\">", html->section_count);
    put_text(html, "Figures that changed");
    put(html, "</h3>\n<p class=\"notes\">");
    put_text(html, REPORT_HTML_CHANGED);
    buffer_printf(html->out,
                  "</p>\n<div class=\"wide few\" role=\"region\" tabindex=\"0\" "
                  "aria-labelledby=\"c%zu\">\n<table aria-labelledby=\"c%zu\">\n<thead><tr>"
                  "<th scope=\"col\">",
                  html->section_count, html->section_count);
    put_text(html, page->heading->columns[0].heading);
    put(html, "</th><th scope=\"col\">");
    put_text(html, "Figure");
    put(html, "</th><th scope=\"col\" class=\"n\">");
    put_text(html, "First");
    put(html, "</th><th scope=\"col\" class=\"n\">");
    put_text(html, "Now");
    put(html, "</th><th scope=\"col\">");
    put_text(html, "Changed");
    put(html, "</th></tr></thead>\n<tbody>\n");
}

void report_html_changes(struct report_html *html, const struct report_page *page, size_t first)
{
    bool is_there = false;
    for (size_t row = first; row < page->row_count; row++) {
        if (!report_words_has_change(page, page->rows[row]))
            continue;
        if (!is_there)
            put_changes_head(html, page);
        is_there = true;
        for (size_t i = 0; i < page->heading->column_count; i++)
            if (report_words_is_changed(page, page->rows[row], i))
                put_change(html, page, page->rows[row], i);
    }
    if (is_there)
        put(html, "</tbody>\n</table>\n</div>\n");
}
