#include "admin/report_html.h"
#include "admin/html_out.h"
#include "admin/report_html_chart.h"
#include "admin/report_html_extra.h"
#include "admin/report_html_parts.h"
#include "admin/report_words.h"

#define WORDS_MAX ((size_t)1 << 28) /* of one cell: over it there is no page */
#define FOLDED_ROWS 12              /* a longer table below the first is folded */

void report_html_init(struct report_html *html, struct buffer *out, const struct language *language)
{
    *html = (struct report_html){.out = out, .language = language};
    buffer_init(&html->words, WORDS_MAX);
}

void report_html_done(struct report_html *html)
{
    buffer_done(&html->words);
}

static void put(struct report_html *html, const char *markup)
{
    buffer_append_string(html->out, markup);
}

static void put_text(struct report_html *html, const char *english)
{
    html_text(html->out, slice_of_string(language_text(html->language, english)));
}

void report_html_words(struct report_html *html)
{
    int err = buffer_error(&html->words);
    if (err && !html->error)
        html->error = err;
    html_text(html->out, buffer_slice(&html->words));
    buffer_clear(&html->words);
}

static bool is_own_page(const struct report_html *html, const struct report_page *page)
{
    return html->is_about_creator && page->row_count > 0;
}

static void put_campaigns(struct report_html *html, const struct report_page *page)
{
    report_words_title(&html->words, page);
    report_html_words(html);
}

/* A creator's own page has their name for a title, as far as it is known; others their campaigns and brand. */
static void put_title(struct report_html *html, const struct report_page *page)
{
    size_t name = report_words_column(page, "name");
    if (!is_own_page(html, page)) {
        put_campaigns(html, page);
        return;
    }
    const struct cell *cells = page->rows[0];
    bool is_named = name < page->heading->column_count && cells[name].text.size;
    html_text(html->out, is_named ? cells[name].text : cells[0].text);
}

/* What the page is of: the report's name, or on a creator's own page the campaigns; and the days. */
static void put_subject(struct report_html *html, const struct report_page *page)
{
    if (is_own_page(html, page))
        put_campaigns(html, page);
    else
        put_text(html, page->heading->report);
    put(html, " · ");
    report_words_range(&html->words, page);
    report_html_words(html);
}

static bool is_said_before(const struct slice *lines, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (slice_equal(lines[i], lines[index]))
            return true;
    return false;
}

/* That the page is about advertising, in the words of the campaigns. */
static void put_disclosures(struct report_html *html, const struct report_heading *heading)
{
    for (size_t i = 0; i < heading->campaign_count; i++) {
        if (heading->disclosures[i].size == 0 || is_said_before(heading->disclosures, i))
            continue;
        put(html, "<p class=\"disclosure\">");
        html_text(html->out, heading->disclosures[i]);
        put(html, "</p>\n");
    }
}

/* Nothing comes in but the page's own style and script. */
static void put_policy(struct report_html *html)
{
    put(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'unsafe-inline'; script-src ");
    html->error = report_html_script_hash(html->out);
    put(html, "; base-uri 'none'; form-action 'none'\">\n");
}

static void put_head(struct report_html *html, const struct report_page *page)
{
    buffer_printf(html->out,
                  "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                  html->language->code);
    put_policy(html);
    put(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    put_title(html, page);
    put(html, " · ");
    put_subject(html, page);
    put(html, "</title>\n<style>\n");
    buffer_append(html->out, report_html_style());
    put(html, "</style>\n</head>\n<body>\n<header>\n");
    put(html, "<h1>");
    put_title(html, page);
    put(html, is_own_page(html, page) ? "</h1>\n<p class=\"soft\">"
                                      : "</h1>\n<p class=\"soft r\">"); /* names stay as they are */
    put_subject(html, page);
    put(html, "</p>\n");
    if (report_words_has_many(page)) {
        put(html, "<p class=\"notes\">");
        report_words_campaigns(&html->words, page);
        report_html_words(html);
        put(html, "</p>\n");
    }
    put_disclosures(html, page->heading);
    put(html, "</header>\n<main>\n");
}

static bool is_money(const struct cell *cell)
{
    return cell->kind == CELL_MONEY || cell->kind == CELL_DECIMAL;
}

static void put_key(struct report_html *html, const struct report_page *page, size_t index)
{
    const struct cell *totals = page->ending->totals;
    put(html, "<div><dt>");
    put_text(html, page->heading->columns[index].heading);
    put(html, "</dt><dd>");
    report_words_value(&html->words, page, totals, index);
    if (is_money(&totals[index]) && page->heading->currency.size)
        buffer_printf(&html->words, "%s%.*s", html->language->unit,
                      SLICE_ARG(page->heading->currency));
    report_html_words(html);
    report_words_interval(&html->words, page, totals, index);
    if (html->words.size) {
        put(html, " <small>");
        report_html_words(html);
        put(html, "</small>");
    }
    report_html_usual_of(html, page, page->heading->columns[index].field);
    put(html, "</dd></div>\n");
}

static void put_keys(struct report_html *html, const struct report_page *page)
{
    static const char *const keys[] = {
        "clicks", "unique_clicks",   "ctr",  "conversions", "conversion_rate", "revenue",
        "cost",   "cost_per_result", "roas", "owed"};
    put(html, "<dl class=\"keys\" aria-label=\"");
    put_text(html, "Key figures");
    put(html, "\">\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t index = report_words_column(page, keys[i]);
        if (index < page->heading->column_count && page->ending->totals[index].kind != CELL_NULL)
            put_key(html, page, index);
    }
    put(html, "</dl>\n");
    report_html_usual(html, page);
}

static bool is_number(const struct report_page *page, size_t index)
{
    return page->heading->columns[index].kind != CELL_TEXT;
}

/* Class "l": of a column that narrow terminals leave out, and paper too. */
static void put_class(struct report_html *html, const struct report_page *page, size_t index,
                      const char *kind)
{
    bool is_late = page->heading->columns[index].is_wide_only;
    if (*kind || is_late)
        buffer_printf(html->out, " class=\"%s%s%s\"", kind, *kind && is_late ? " " : "",
                      is_late ? "l" : "");
}

static void put_column_heads(struct report_html *html, const struct report_page *page)
{
    put(html, "<thead><tr>");
    for (size_t at = 0; at < html->order_count; at++) {
        size_t i = html->order[at];
        put(html, "<th scope=\"col\"");
        put_class(html, page, i, is_number(page, i) ? "n" : "");
        put(html, ">");
        put_text(html, page->heading->columns[i].heading);
        put(html, "</th>");
    }
    put(html, "</tr></thead>\n");
}

/* What the script sorts numbers by: empty for an unknown one. */
static void put_sort_value(struct report_html *html, const struct cell *cell)
{
    int64_t micro = 0;
    put(html, " data-v=\"");
    for (size_t i = 0; cell->kind == CELL_COUNTS && i < cell->count_count; i++)
        micro += cell->counts[i].micro;
    if (cell->kind == CELL_COUNTS)
        report_share_text(&html->words, micro);
    else
        report_cell_text(&html->words, cell);
    report_html_words(html);
    put(html, "\"");
}

void report_html_name(struct report_html *html, const struct report_page *page,
                      const struct cell *cells)
{
    size_t name = report_words_column(page, "name");
    bool is_named = name < page->heading->column_count && cells[name].text.size;
    if (is_named)
        html_text(html->out, cells[name].text);
    put(html, is_named ? " <small>" : "");
    report_words_value(&html->words, page, cells, 0);
    report_html_words(html);
    put(html, is_named ? "</small>" : "");
}

void report_html_row_name(struct report_html *html, const struct report_page *page,
                          const struct cell *cells)
{
    put(html, "<th scope=\"row\">");
    report_html_name(html, page, cells);
    put(html, "</th>");
}

static void put_interval(struct report_html *html, const struct report_page *page,
                         const struct cell *cells, size_t index)
{
    report_words_interval(&html->words, page, cells, index);
    if (html->words.size == 0)
        return;
    put(html, " <small>(");
    report_html_words(html);
    put(html, ")</small>");
    if (html->scales[index] > 0)
        report_html_whisker(html->out, &cells[index], html->scales[index],
                            report_html_usual_for(page, cells, index));
}

static void put_cell(struct report_html *html, const struct report_page *page,
                     const struct cell *cells, size_t index)
{
    bool is_sentence = report_words_is_sentence(page->heading->columns[index].field);
    put(html, "<td");
    put_class(html, page, index, is_number(page, index) ? "n" : is_sentence ? "s" : "t");
    if (is_number(page, index))
        put_sort_value(html, &cells[index]);
    put(html, ">");
    report_words_value(&html->words, page, cells, index);
    report_html_words(html);
    put_interval(html, page, cells, index);
    put(html, "</td>");
}

static void put_row(struct report_html *html, const struct report_page *page,
                    const struct cell *cells)
{
    put(html, "<tr>");
    report_html_row_name(html, page, cells);
    for (size_t at = 1; at < html->order_count; at++)
        put_cell(html, page, cells, html->order[at]);
    put(html, "</tr>\n");
}

/* Of one currency when it has a name. */
static void put_total(struct report_html *html, const struct report_page *page,
                      const struct cell *cells, struct slice currency)
{
    put(html, "<tr><th scope=\"row\">");
    put_text(html, "Total");
    put(html, currency.size ? " " : "");
    html_text(html->out, currency);
    put(html, "</th>");
    for (size_t at = 1; at < html->order_count; at++) {
        size_t i = html->order[at];
        put(html, "<td");
        put_class(html, page, i, is_number(page, i) ? "n" : "");
        put(html, ">");
        if (page->heading->columns[i].has_total)
            report_words_cell(&html->words, page, cells, i);
        report_html_words(html);
        put(html, "</td>");
    }
    put(html, "</tr>\n");
}

static void put_totals(struct report_html *html, const struct report_page *page)
{
    put(html, "<tfoot>\n");
    put_total(html, page, page->ending->totals, SLICE_NONE);
    for (size_t i = 0; i < page->ending->currency_count; i++)
        put_total(html, page, page->ending->by_currency[i].cells,
                  page->ending->by_currency[i].currency);
    put(html, "</tfoot>\n");
}

/* Of no use on the page: the name stands with the slug; who reads their own page knows who they are, and the brand's
 * bookkeeping is none of theirs. */
static bool is_left_out(const struct report_html *html, const struct report_page *page,
                        size_t index)
{
    static const char *const theirs[] = {"creator",          "leak_since",    "leak_share_before",
                                         "leak_share_after", "without_click", "without_click_share",
                                         "source",           "differences",   "creator_owed",
                                         "unattributed"};
    const char *field = page->heading->columns[index].field;
    if (index == 0)
        return false;
    if (strcmp(field, "name") == 0 || report_words_is_beside(page->heading, index))
        return true;
    for (size_t i = 0; html->is_about_creator && i < sizeof theirs / sizeof *theirs; i++)
        if (strcmp(field, theirs[i]) == 0)
            return true;
    return false;
}

/* What narrow terminals leave out comes last; bounds stand beside their rate, as whiskers where rows are compared
 * with one another and not with the time. */
static void lay_out(struct report_html *html, const struct report_page *page)
{
    const struct report_heading *heading = page->heading;
    bool has_whiskers = report_words_column(page, "start") == heading->column_count;
    html->order_count = 0;
    for (int is_late = 0; is_late <= 1; is_late++)
        for (size_t i = 0; i < heading->column_count && i < REPORT_HTML_COLUMNS_MAX; i++)
            if (heading->columns[i].is_wide_only == (bool)is_late && !is_left_out(html, page, i))
                html->order[html->order_count++] = i;
    for (size_t i = 0; i < html->order_count; i++) {
        size_t column = html->order[i];
        bool is_rate = has_whiskers && report_words_has_bounds(heading, column);
        html->scales[column] = is_rate ? report_html_scale(page, column) : 0;
    }
}

/* Of a later section's rows the last. */
static size_t first_row(const struct report_html *html, const struct report_page *page)
{
    bool is_cut = html->row_max && html->section_count > 1 && page->row_count > html->row_max;
    return is_cut ? page->row_count - html->row_max : 0;
}

static void put_table(struct report_html *html, const struct report_page *page)
{
    size_t first = first_row(html, page);
    lay_out(html, page);
    buffer_printf(html->out,
                  "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"s%zu\">\n"
                  "<table aria-labelledby=\"s%zu\">\n",
                  html->section_count, html->section_count);
    put_column_heads(html, page);
    put(html, "<tbody>\n");
    for (size_t row = first; row < page->row_count; row++)
        put_row(html, page, page->rows[row]);
    put(html, "</tbody>\n");
    if (page->row_count > 1)
        put_totals(html, page);
    put(html, "</table>\n</div>\n");
    if (first == 0)
        return;
    put(html, "<p class=\"notes\">");
    put_text(html, REPORT_HTML_LEDGER);
    put(html, "</p>\n");
}

/* Long tables below the first open when they are asked for. */
static void put_rows(struct report_html *html, const struct report_page *page)
{
    bool is_folded = html->section_count > 1 && page->row_count > FOLDED_ROWS;
    if (page->row_count == 0) {
        put(html, "<p>");
        put_text(html, "No rows.");
        put(html, "</p>\n");
        return;
    }
    if (is_folded) {
        put(html, "<details><summary>");
        put_text(html, "The figures");
        buffer_printf(html->out, " (%zu)</summary>\n", page->row_count);
    }
    put_table(html, page);
    put(html, is_folded ? "</details>\n" : "");
}

static void put_ending(struct report_html *html, const struct report_page *page)
{
    report_html_changes(html, page, first_row(html, page));
    if (page->ending->has_unattributed && html->section_count == 1) {
        put(html, "<p>");
        report_words_unattributed(&html->words, page);
        report_html_words(html);
        put(html, "</p>\n");
    }
    if (report_words_has_thin(page)) {
        put(html, "<p class=\"notes\">");
        put_text(html, REPORT_WORDS_THIN);
        put(html, "</p>\n");
    }
    for (size_t i = 0; i < page->ending->note_count; i++) {
        put(html, "<p class=\"notes\">");
        language_note(&html->words, html->language, &page->ending->notes[i]);
        report_html_words(html);
        put(html, "</p>\n");
    }
}

void report_html_section(struct report_html *html, const struct report_page *page)
{
    if (html->section_count++ == 0) {
        put_head(html, page);
        put_keys(html, page);
    }
    buffer_printf(html->out, "<section aria-labelledby=\"s%zu\">\n<h2 id=\"s%zu\">",
                  html->section_count, html->section_count);
    if (html->is_about_creator && html->section_count == 1)
        put_text(html, "Figures");
    else
        put_text(html, page->heading->report);
    put(html, "</h2>\n");
    report_html_charts(html, page);
    put_rows(html, page);
    put_ending(html, page);
    put(html, "</section>\n");
}

int report_html_end(struct report_html *html)
{
    put(html, "</main>\n<footer class=\"notes\">\n<h2>");
    put_text(html, "How to read this");
    put(html, "</h2>\n<p>");
    put_text(html, REPORT_HTML_INTERVALS);
    put(html, "</p>\n<p>");
    put_text(html, REPORT_HTML_UNKNOWN);
    put(html, "</p>\n</footer>\n<script>");
    buffer_append(html->out, report_html_script());
    put(html, "</script>\n</body>\n</html>\n");
    return html->error ? html->error : buffer_error(html->out);
}
