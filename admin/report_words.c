#include "admin/report_words.h"
#include "admin/shown.h"

#define NOTE_TEXT_MAX 4096

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

/* Is `field` the base's `_low` or `_high`? They are shown with it, in one column. */
static bool is_bound_of(const char *field, const char *base)
{
    size_t size = strlen(base);
    return strncmp(field, base, size) == 0 &&
           (strcmp(field + size, "_low") == 0 || strcmp(field + size, "_high") == 0);
}

bool report_words_is_beside(const struct report_heading *heading, size_t index)
{
    if (strcmp(heading->columns[index].field, "thin") == 0)
        return true;
    for (size_t i = 0; i < index; i++)
        if (is_bound_of(heading->columns[index].field, heading->columns[i].field))
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

void report_words_note(struct buffer *out, const struct report_page *page, struct slice note)
{
    char memory[NOTE_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    language_note(&text, page->language, note);
    shown_append(out, buffer_slice(&text));
}

static void append_share(struct buffer *out, const struct language *language, int64_t micro)
{
    char memory[32];
    struct buffer plain;
    buffer_over(&plain, memory, sizeof memory);
    report_share_text(&plain, micro);
    language_number(out, language, buffer_slice(&plain));
}

static void append_term(struct buffer *out, const struct language *language, struct slice term)
{
    char english[64];
    if (slice_to_string(english, sizeof english, term) == JALON_OK)
        buffer_append_string(out, language_text(language, english));
    else
        buffer_append(out, term);
}

static void append_counts(struct buffer *out, const struct language *language,
                          const struct named_count *counts, size_t count, bool are_terms)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (counts[i].micro == 0)
            continue;
        buffer_append_string(out, is_first ? "" : ", ");
        append_share(out, language, counts[i].micro);
        buffer_append_byte(out, ' ');
        if (are_terms)
            append_term(out, language, counts[i].name);
        else
            buffer_append(out, counts[i].name);
        is_first = false;
    }
    if (is_first)
        buffer_append_byte(out, '0');
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
                                        "line",
                                        "period",
                                        "unit",
                                        "publication",
                                        "unattributed",
                                        "class",
                                        "reason",
                                        "device",
                                        "conversions",
                                        "conversions_by",
                                        "ctr_reference",
                                        "conversion_rate_reference",
                                        "engagement_rate_reference"};
    return IS_ONE_OF(field, terms);
}

void report_words_value(struct buffer *out, const struct report_page *page,
                        const struct cell *cells, size_t index)
{
    const struct cell *cell = &cells[index];
    const struct language *language = page->language;
    const char *field = page->heading->columns[index].field;
    if (cell->kind == CELL_NULL || (cell->kind == CELL_TEXT && cell->text.size == 0))
        buffer_append_string(out, "–");
    else if (cell->kind == CELL_TEXT && is_date(field))
        language_date(out, language, cell->text);
    else if (cell->kind == CELL_TEXT && is_term(field))
        append_term(out, language, cell->text);
    else if (cell->kind == CELL_TEXT)
        buffer_append(out, cell->text);
    else if (cell->kind == CELL_RATIO && report_words_is_percentage(field))
        language_percentage(out, language, cell->ratio, false);
    else if (cell->kind == CELL_COUNTS && strcmp(field, "invalid_clicks") == 0)
        append_sum(out, language, cell);
    else if (cell->kind == CELL_COUNTS)
        append_counts(out, language, cell->counts, cell->count_count, is_term(field));
    else
        append_number(out, language, cell);
    if (report_words_is_thin(page, cells, index))
        buffer_append_byte(out, '*');
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
    buffer_append_string(out, " · ");
    if (heading->from.size == 0) {
        buffer_printf(out, "%s ", language_text(page->language, "up to"));
    } else if (!is_one_day) {
        language_date(out, page->language, heading->from);
        buffer_printf(out, " %s ", language_text(page->language, "to"));
    }
    language_date(out, page->language, heading->to);
}

void report_words_heading(struct buffer *out, const struct report_page *page)
{
    const struct report_heading *heading = page->heading;
    for (size_t i = 0; i < heading->campaign_count; i++)
        buffer_printf(out, "%s%.*s", i ? ", " : "", SLICE_ARG(heading->campaigns[i]));
    if (heading->campaign_count == 0)
        buffer_append_string(out, language_text(page->language, "all campaigns"));
    append_range(out, page);
    if (heading->timezone.size)
        buffer_printf(out, " · %.*s", SLICE_ARG(heading->timezone));
    if (heading->currency.size)
        buffer_printf(out, " · %s %.*s", language_text(page->language, "amounts in"),
                      SLICE_ARG(heading->currency));
}

static void append_revenue(struct buffer *out, const struct language *language,
                           const struct cell *revenue, struct slice currency)
{
    if (revenue->kind != CELL_MONEY)
        return;
    buffer_append_string(out, ", ");
    append_number(out, language, revenue);
    buffer_printf(out, " %.*s", SLICE_ARG(currency));
}

void report_words_unattributed(struct buffer *out, const struct report_page *page)
{
    const struct report_ending *ending = page->ending;
    buffer_printf(out, "%s: ", language_text(page->language, "Unattributed"));
    append_counts(out, page->language, ending->unattributed, ending->unattributed_count, true);
    append_revenue(out, page->language, &ending->unattributed_revenue, page->heading->currency);
    for (size_t i = 0; i < ending->currency_count; i++)
        append_revenue(out, page->language, &ending->by_currency[i].unattributed_revenue,
                       ending->by_currency[i].currency);
}
