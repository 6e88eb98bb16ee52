#include "admin/report_words.h"
#include "admin/shown.h"
#include "core/ledger/attribution.h"

#define VALUE_MAX ((size_t)1 << 20)
#define NAMED_MAX 3 /* campaigns of a title */

static bool is_one_of(const char *field, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i], field) == 0)
            return true;
    return false;
}
#define IS_ONE_OF(field, fields) is_one_of(field, fields, sizeof(fields) / sizeof *(fields))

/* Ratios that people read as percentages; others (roas, hours) stand as they are. */
static const char *const percentages[] = {"ctr",
                                          "conversion_rate",
                                          "engagement_rate",
                                          "comment_ratio",
                                          "share",
                                          "share_after_7d",
                                          "share_after_28d",
                                          "share_by_1d",
                                          "share_by_2d",
                                          "share_by_3d",
                                          "share_by_7d",
                                          "share_by_14d",
                                          "share_by_28d",
                                          "share_by_90d",
                                          "without_click_share",
                                          "leak_share_before",
                                          "leak_share_after"};

bool report_words_is_percentage(const char *field)
{
    return IS_ONE_OF(field, percentages);
}

bool report_words_is_sentence(const char *field)
{
    static const char *const sentences[] = {"evidence", "differences", "refunds"};
    return IS_ONE_OF(field, sentences);
}

/* Is it what another column's figure was when it was first reported? */
static bool is_first(const char *field)
{
    static const char end[] = "_first";
    size_t size = strlen(field);
    return size >= sizeof end && strcmp(field + size - (sizeof end - 1), end) == 0;
}

/* Is `field` the base's `_low` or `_high`? They are shown with it, in one column. */
static bool is_bound_of(const char *field, const char *base)
{
    size_t size = strlen(base);
    return strncmp(field, base, size) == 0 &&
           (strcmp(field + size, "_low") == 0 || strcmp(field + size, "_high") == 0);
}

bool report_words_is_beside(const struct report_heading *heading, size_t index)
{
    static const char *const marks[] = {"thin", "running", "changed_at"};
    const char *field = heading->columns[index].field;
    if (IS_ONE_OF(field, marks) || is_first(field))
        return true;
    for (size_t i = 0; i < index; i++)
        if (is_bound_of(field, heading->columns[i].field))
            return true;
    return false;
}

bool report_words_has_bounds(const struct report_heading *heading, size_t index)
{
    return index + 2 < heading->column_count &&
           is_bound_of(heading->columns[index + 1].field, heading->columns[index].field) &&
           is_bound_of(heading->columns[index + 2].field, heading->columns[index].field);
}

size_t report_words_column(const struct report_page *page, const char *field)
{
    size_t i = 0;
    while (i < page->heading->column_count && strcmp(page->heading->columns[i].field, field) != 0)
        i++;
    return i;
}

bool report_words_is_by_time(const struct report_page *page)
{
    return report_words_column(page, "start") < page->heading->column_count &&
           report_words_column(page, "campaign") == page->heading->column_count;
}

void report_words_note(struct buffer *out, const struct report_page *page, const struct note *note)
{
    struct buffer text;
    buffer_init(&text, out->max);
    language_note(&text, page->language, note);
    shown_append(out, buffer_slice(&text));
    if (buffer_error(&text) && !out->error)
        out->error = buffer_error(&text);
    buffer_done(&text);
}

static void append_share(struct buffer *out, const struct language *language, int64_t micro)
{
    char memory[32];
    struct buffer plain;
    buffer_over(&plain, memory, sizeof memory);
    report_share_text(&plain, micro);
    language_number(out, language, buffer_slice(&plain));
}

/* "9 sales" */
static void append_counted(struct buffer *out, const struct language *language,
                           const struct named_count *count)
{
    char english[64];
    append_share(out, language, count->micro);
    buffer_append_byte(out, ' ');
    if (slice_to_string(english, sizeof english, count->name) == JALON_OK)
        buffer_append_string(out, language_counted(language, english, count->micro));
    else
        buffer_append(out, count->name);
}

/* "code 9" */
static void append_part(struct buffer *out, const struct language *language,
                        const struct named_count *count)
{
    language_term(out, language, count->name);
    buffer_append_byte(out, ' ');
    append_share(out, language, count->micro);
}

/* "marie", "marie 0.5": a whole one needs no figure. */
static void append_named(struct buffer *out, const struct language *language,
                         const struct named_count *count)
{
    buffer_append(out, count->name);
    if (count->micro == SHARE_WHOLE)
        return;
    buffer_append_byte(out, ' ');
    append_share(out, language, count->micro);
}

typedef void append_count(struct buffer *out, const struct language *language,
                          const struct named_count *count);

static void append_counts(struct buffer *out, const struct language *language,
                          const struct named_count *counts, size_t count, append_count *append,
                          const char *nothing)
{
    bool is_empty = true;
    for (size_t i = 0; i < count; i++) {
        if (counts[i].micro == 0)
            continue;
        buffer_append_string(out, is_empty ? "" : ", ");
        append(out, language, &counts[i]);
        is_empty = false;
    }
    if (is_empty)
        buffer_append_string(out, nothing);
}

static void append_sum(struct buffer *out, const struct language *language, const struct cell *cell)
{
    int64_t micro = 0;
    for (size_t i = 0; i < cell->count_count; i++)
        micro += cell->counts[i].micro;
    append_share(out, language, micro);
}

static void append_number(struct buffer *out, const struct language *language,
                          const struct cell *cell)
{
    char memory[512]; /* any double */
    struct buffer plain;
    buffer_over(&plain, memory, sizeof memory);
    if (cell->kind == CELL_RATIO)
        buffer_printf(&plain, "%.2f", cell->ratio);
    else
        report_cell_text(&plain, cell);
    language_number(out, language, buffer_slice(&plain));
}

static void append_bound(struct buffer *out, const struct report_page *page,
                         const struct cell *cell, bool is_percentage)
{
    if (is_percentage)
        language_percentage(out, page->language, cell->ratio, true);
    else
        append_number(out, page->language, cell);
}

void report_words_interval(struct buffer *out, const struct report_page *page,
                           const struct cell *cells, size_t index)
{
    bool is_percentage = report_words_is_percentage(page->heading->columns[index].field);
    if (!report_words_has_bounds(page->heading, index) || cells[index + 1].kind == CELL_NULL)
        return;
    bool is_open = cells[index + 2].kind == CELL_NULL;
    buffer_append_string(out, is_open ? "≥ " : "");
    append_bound(out, page, &cells[index + 1], is_percentage);
    if (is_open)
        return;
    buffer_append_string(out, "–");
    append_bound(out, page, &cells[index + 2], is_percentage);
}

bool report_words_is_thin(const struct report_page *page, const struct cell *cells, size_t index)
{
    const struct report_heading *heading = page->heading;
    for (size_t i = 0; i < heading->column_count; i++) {
        struct slice thin =
            strcmp(heading->columns[i].field, "thin") == 0 ? cells[i].text : SLICE_NONE;
        while (thin.size)
            if (slice_is(slice_trim(slice_take(&thin, ',')), heading->columns[index].field))
                return true;
    }
    return false;
}

static bool is_marked(const struct report_page *page, const struct cell *cells)
{
    for (size_t i = 0; i < page->heading->column_count; i++)
        if (report_words_is_thin(page, cells, i))
            return true;
    return false;
}

bool report_words_has_thin(const struct report_page *page)
{
    const struct report_ending *ending = page->ending;
    bool is_thin = is_marked(page, ending->totals);
    for (size_t i = 0; i < ending->currency_count; i++)
        is_thin = is_thin || is_marked(page, ending->by_currency[i].cells);
    for (size_t row = 0; row < page->row_count && !is_thin; row++)
        is_thin = is_marked(page, page->rows[row]);
    return is_thin;
}

/* Texts that are dates; others may look like one, a creator's slug say. */
static bool is_date(const char *field)
{
    static const char *const dates[] = {"start",      "published_at", "valid_from", "valid_until",
                                        "leak_since", "occurred_at",  "changed_at"};
    return IS_ONE_OF(field, dates);
}

/* Texts, and names of counts, that are the product's own words; others are the users'. */
static bool is_term(const char *field)
{
    static const char *const terms[] = {"state",
                                        "status",
                                        "by",
                                        "type",
                                        "kind",
                                        "line",
                                        "period",
                                        "unit",
                                        "publication",
                                        "unattributed",
                                        "class",
                                        "reason",
                                        "device",
                                        "running",
                                        "source",
                                        "ctr_reference",
                                        "conversion_rate_reference",
                                        "engagement_rate_reference"};
    return IS_ONE_OF(field, terms);
}

/* Groups of creators have names of ours where those are kinds of campaigns or levers. */
static bool is_group_of_ours(const struct report_page *page, const struct cell *cells, size_t index)
{
    size_t by = report_words_column(page, "by");
    if (strcmp(page->heading->columns[index].field, "group") != 0 ||
        by == page->heading->column_count)
        return false;
    return slice_is(cells[by].text, "kind") || slice_is(cells[by].text, "lever");
}

static void append_pieces(struct buffer *out, const struct language *language,
                          const struct cell *cell)
{
    struct slice rest = cell->text;
    for (size_t i = 0; i < cell->piece_count; i++) {
        language_piece(out, language, cell->pieces[i].kind,
                       slice_first(rest, cell->pieces[i].size));
        rest = slice_from(rest, cell->pieces[i].size);
    }
}

static void append_text(struct buffer *out, const struct report_page *page,
                        const struct cell *cells, size_t index)
{
    const struct cell *cell = &cells[index];
    const char *field = page->heading->columns[index].field;
    if (cell->piece_count)
        append_pieces(out, page->language, cell);
    else if (is_date(field))
        language_date(out, page->language, cell->text);
    else if (is_term(field) || is_group_of_ours(page, cells, index))
        language_term(out, page->language, cell->text);
    else
        buffer_append(out, cell->text);
}

static void append_list(struct buffer *out, const struct language *language,
                        const struct column *column, const struct cell *cell)
{
    if (strcmp(column->field, "invalid_clicks") == 0)
        append_sum(out, language, cell);
    else if (strcmp(column->field, "conversions_by") == 0)
        append_counts(out, language, cell->counts, cell->count_count, append_part, "0");
    else if (column->kind == CELL_TEXT)
        append_counts(out, language, cell->counts, cell->count_count, append_named, "–");
    else
        append_counts(out, language, cell->counts, cell->count_count, append_counted, "0");
}

void report_words_bare(struct buffer *out, const struct report_page *page, const struct cell *cells,
                       size_t index)
{
    const struct cell *cell = &cells[index];
    const struct column *column = &page->heading->columns[index];
    if (cell->kind == CELL_NULL || (cell->kind == CELL_TEXT && cell->text.size == 0))
        buffer_append_string(out, "–");
    else if (cell->kind == CELL_TEXT)
        append_text(out, page, cells, index);
    else if (cell->kind == CELL_RATIO && report_words_is_percentage(column->field))
        language_percentage(out, page->language, cell->ratio, false);
    else if (cell->kind == CELL_COUNTS)
        append_list(out, page->language, column, cell);
    else
        append_number(out, page->language, cell);
}

/* The column that tells what this one's figures were first; column_count when there is none. */
static size_t first_of(const struct report_page *page, size_t index)
{
    const char *field = page->heading->columns[index].field;
    size_t size = strlen(field), i = 0;
    while (i < page->heading->column_count &&
           !(strncmp(page->heading->columns[i].field, field, size) == 0 &&
             strcmp(page->heading->columns[i].field + size, "_first") == 0))
        i++;
    return i;
}

static bool is_other_figure(const struct report_page *page, const struct cell *cells, size_t index)
{
    struct buffer values[2];
    const size_t columns[] = {index, first_of(page, index)};
    if (columns[1] == page->heading->column_count)
        return false;
    for (size_t i = 0; i < 2; i++) {
        buffer_init(&values[i], VALUE_MAX);
        report_words_bare(&values[i], page, cells, columns[i]);
    }
    bool is_other = !slice_equal(buffer_slice(&values[0]), buffer_slice(&values[1]));
    for (size_t i = 0; i < 2; i++)
        buffer_done(&values[i]);
    return is_other;
}

bool report_words_has_change(const struct report_page *page, const struct cell *cells)
{
    size_t changed = report_words_column(page, "changed_at");
    return changed < page->heading->column_count && cells[changed].kind != CELL_NULL;
}

/* An order without an amount that does not count any more shows it by its status alone. */
static bool is_status_of_change(const struct report_page *page, const struct cell *cells,
                                size_t index)
{
    if (strcmp(page->heading->columns[index].field, "status") != 0)
        return false;
    for (size_t i = 0; i < page->heading->column_count; i++)
        if (is_other_figure(page, cells, i))
            return false;
    return true;
}

bool report_words_is_changed(const struct report_page *page, const struct cell *cells, size_t index)
{
    return report_words_has_change(page, cells) &&
           (is_other_figure(page, cells, index) || is_status_of_change(page, cells, index));
}

void report_words_was(struct buffer *out, const struct report_page *page, const struct cell *cells,
                      size_t index)
{
    size_t first = first_of(page, index);
    if (first < page->heading->column_count)
        report_words_bare(out, page, cells, first);
    else
        buffer_append_string(out, "–");
}

static bool is_running(const struct report_page *page, const struct cell *cells)
{
    size_t running = report_words_column(page, "running");
    return running < page->heading->column_count && cells[running].kind != CELL_NULL;
}

void report_words_value(struct buffer *out, const struct report_page *page,
                        const struct cell *cells, size_t index)
{
    report_words_bare(out, page, cells, index);
    if (index == 0 && is_running(page, cells))
        buffer_printf(out, " (%s)", language_text(page->language, "running"));
    if (report_words_is_thin(page, cells, index))
        buffer_append_byte(out, '*');
    if (report_words_is_changed(page, cells, index))
        buffer_append_string(out, REPORT_WORDS_CHANGED_MARK);
}

void report_words_cell(struct buffer *out, const struct report_page *page, const struct cell *cells,
                       size_t index)
{
    char memory[1024]; /* two doubles */
    struct buffer interval;
    buffer_over(&interval, memory, sizeof memory);
    report_words_value(out, page, cells, index);
    report_words_interval(&interval, page, cells, index);
    if (interval.size)
        buffer_printf(out, " (%.*s)", SLICE_ARG(buffer_slice(&interval)));
}

static void append_range(struct buffer *out, const struct report_page *page)
{
    const struct report_heading *heading = page->heading;
    bool is_one_day = slice_equal(heading->from, heading->to);
    if (heading->from.size == 0) {
        buffer_printf(out, "%s ", language_text(page->language, "up to"));
    } else if (!is_one_day) {
        language_date(out, page->language, heading->from);
        buffer_printf(out, " %s ", language_text(page->language, "to"));
    }
    language_date(out, page->language, heading->to);
}

void report_words_campaigns(struct buffer *out, const struct report_page *page)
{
    const struct report_heading *heading = page->heading;
    for (size_t i = 0; i < heading->campaign_count; i++)
        buffer_printf(out, "%s%.*s", i ? ", " : "", SLICE_ARG(heading->campaigns[i]));
    if (heading->campaign_count == 0)
        buffer_append_string(out, language_text(page->language, "all campaigns"));
}

bool report_words_has_many(const struct report_page *page)
{
    return page->heading->campaign_count > NAMED_MAX;
}

static void append_brands(struct buffer *out, const struct report_heading *heading)
{
    const char *before = " · ";
    for (size_t i = 0; i < heading->campaign_count; i++) {
        bool is_named = heading->brands[i].size == 0;
        for (size_t j = 0; j < i && !is_named; j++)
            is_named = slice_equal(heading->brands[i], heading->brands[j]);
        if (is_named)
            continue;
        buffer_printf(out, "%s%.*s", before, SLICE_ARG(heading->brands[i]));
        before = ", ";
    }
}

void report_words_title(struct buffer *out, const struct report_page *page)
{
    if (report_words_has_many(page))
        buffer_printf(out, "%zu %s", page->heading->campaign_count,
                      language_text(page->language, "campaigns"));
    else
        report_words_campaigns(out, page);
    append_brands(out, page->heading);
}

void report_words_range(struct buffer *out, const struct report_page *page)
{
    const struct report_heading *heading = page->heading;
    append_range(out, page);
    if (heading->timezone.size)
        buffer_printf(out, " · %.*s", SLICE_ARG(heading->timezone));
    if (heading->currency.size)
        buffer_printf(out, " · %s %.*s", language_text(page->language, "amounts in"),
                      SLICE_ARG(heading->currency));
}

void report_words_heading(struct buffer *out, const struct report_page *page)
{
    report_words_campaigns(out, page);
    buffer_append_string(out, " · ");
    report_words_range(out, page);
}

static void append_revenue(struct buffer *out, const struct language *language,
                           const struct cell *revenue, struct slice currency)
{
    if (revenue->kind != CELL_MONEY)
        return;
    buffer_append_string(out, ", ");
    append_number(out, language, revenue);
    buffer_printf(out, "%s%.*s", language->unit, SLICE_ARG(currency));
}

void report_words_unattributed(struct buffer *out, const struct report_page *page)
{
    const struct report_ending *ending = page->ending;
    buffer_printf(out, "%s%s ", language_text(page->language, "Unattributed"),
                  page->language->colon);
    append_counts(out, page->language, ending->unattributed, ending->unattributed_count,
                  append_counted, "0");
    append_revenue(out, page->language, &ending->unattributed_revenue, page->heading->currency);
    for (size_t i = 0; i < ending->currency_count; i++)
        append_revenue(out, page->language, &ending->by_currency[i].unattributed_revenue,
                       ending->by_currency[i].currency);
}
