#include "admin/report_table.h"
#include "admin/report_words.h"
#include "admin/shown.h"
#include "admin/sparkline.h"
#include "admin/table.h"
#include "admin/terminal.h"
#include "core/base/buffer.h"

#define CELL_MAX ((size_t)1 << 20) /* of a text, of which none is cut */
#define HEADING_MAX 65536          /* of 256 campaigns */
#define COLUMNS_MAX 64
#define SPARKLINE_MAX 70 /* fits where the table does */

/* The rows, then the totals, then those of each currency. */
static size_t row_count(const struct report_page *page)
{
    return page->row_count + 1 + page->ending->currency_count;
}

static const struct cell *row_at(const struct report_page *page, size_t row)
{
    if (row < page->row_count)
        return page->rows[row];
    row -= page->row_count;
    return row == 0 ? page->ending->totals : page->ending->by_currency[row - 1].cells;
}

static void append_total(struct buffer *out, const struct report_page *page, size_t row,
                         size_t index)
{
    const char *total = language_text(page->language, "Total");
    if (index == 0 && row == page->row_count)
        buffer_append_string(out, total);
    else if (index == 0)
        buffer_printf(out, "%s %.*s", total,
                      SLICE_ARG(page->ending->by_currency[row - page->row_count - 1].currency));
    else if (page->heading->columns[index].has_total)
        report_words_cell(out, page, row_at(page, row), index);
}

/* Behind a half-life, what of the clicks was still to come after 0, 1, 2, … days. */
static void append_decay(struct buffer *out, const struct report_page *page,
                         const struct cell *cells)
{
    static const char start[] = "share_by_";
    double values[COLUMNS_MAX] = {1};
    size_t count = 1;
    for (size_t i = 0; i < page->heading->column_count && count < COLUMNS_MAX; i++)
        if (strncmp(page->heading->columns[i].field, start, sizeof start - 1) == 0)
            values[count++] = cells[i].kind == CELL_RATIO ? 1 - cells[i].ratio : -1;
    buffer_append_byte(out, ' ');
    sparkline_append(out, values, count, 1);
}

static void append_text(struct buffer *out, const struct report_page *page, size_t row,
                        size_t index)
{
    if (row >= page->row_count) {
        append_total(out, page, row, index);
        return;
    }
    report_words_cell(out, page, page->rows[row], index);
    if (strcmp(page->heading->columns[index].field, "half_life_hours") == 0)
        append_decay(out, page, page->rows[row]);
}

struct layout {   /* which columns are printed, and in which of the tables below each other */
    size_t width; /* of the terminal */
    size_t widths[COLUMNS_MAX]; /* 0: not printed */
    struct buffer text, shown;  /* of the cell at hand */
};

static size_t column_width(struct layout *layout, const struct report_page *page, size_t index)
{
    size_t width =
        terminal_characters(language_text(page->language, page->heading->columns[index].heading));
    for (size_t row = 0; row < row_count(page); row++) {
        buffer_clear(&layout->text);
        buffer_clear(&layout->shown);
        append_text(&layout->text, page, row, index);
        shown_append(&layout->shown, buffer_slice(&layout->text));
        const char *string = buffer_string(&layout->shown);
        size_t here = string ? terminal_characters(string) : 0;
        width = here > width ? here : width;
    }
    return width + TABLE_GAP;
}

static void lay_out(struct layout *layout, const struct report_page *page, size_t width)
{
    layout->width = width + TABLE_GAP; /* no gap behind the last column */
    size_t sum = 0;
    for (size_t i = 0; i < page->heading->column_count && i < COLUMNS_MAX; i++) {
        layout->widths[i] =
            report_words_is_beside(page->heading, i) ? 0 : column_width(layout, page, i);
        sum += layout->widths[i];
    }
    for (size_t i = 0; sum > layout->width && i < page->heading->column_count; i++)
        if (page->heading->columns[i].is_wide_only)
            layout->widths[i] = 0;
}

/* What tells rows apart whose first column is the same. */
static const char *const further_keys[] = {"currency", "os", "app", "reason"};

/* What tells a row from the others: repeated in each of the tables. */
static bool is_key(const struct report_page *page, size_t index)
{
    bool is_one = index == 0;
    for (size_t i = 0; i < sizeof further_keys / sizeof *further_keys; i++)
        is_one = is_one || strcmp(page->heading->columns[index].field, further_keys[i]) == 0;
    return is_one;
}

/* The keys, and those columns from `start` on that fit, at least one; where the next table starts. */
static size_t choose_columns(const struct layout *layout, const struct report_page *page,
                             size_t start, bool *ret_shown)
{
    size_t sum = 0, count = 0, i = start;
    for (size_t key = 0; key < COLUMNS_MAX; key++) {
        ret_shown[key] = key < page->heading->column_count && is_key(page, key);
        sum += ret_shown[key] ? layout->widths[key] : 0;
    }
    for (; i < page->heading->column_count && i < COLUMNS_MAX; i++) {
        if (is_key(page, i) || layout->widths[i] == 0)
            continue;
        sum += layout->widths[i];
        if (sum > layout->width && count > 0)
            break;
        ret_shown[i] = true;
        count++;
    }
    return i;
}

static int add_columns(struct table *table, const struct report_page *page, const bool *shown)
{
    int err = JALON_OK;
    for (size_t i = 0; !err && i < page->heading->column_count; i++) {
        const struct column *column = &page->heading->columns[i];
        bool is_text = column->kind == CELL_TEXT;
        if (shown[i])
            err = table_add_column(table, language_text(page->language, column->heading),
                                   is_text ? TABLE_CUT : TABLE_RIGHT);
    }
    return err;
}

static int add_row(struct table *table, struct layout *layout, const struct report_page *page,
                   size_t row, const bool *shown)
{
    int err = table_add_row(table);
    size_t column = 0;
    for (size_t i = 0; !err && i < page->heading->column_count; i++) {
        if (!shown[i])
            continue;
        buffer_clear(&layout->text);
        append_text(&layout->text, page, row, i);
        err = buffer_error(&layout->text);
        if (!err)
            err = table_set(table, column++, buffer_slice(&layout->text));
    }
    if (row >= page->row_count)
        table_set_bold(table);
    return err;
}

static int print_table(struct layout *layout, const struct report_page *page, const bool *shown,
                       FILE *out)
{
    struct table *table;
    int err = table_new(&table);
    if (err)
        return err;
    err = add_columns(table, page, shown);
    for (size_t row = 0; !err && row < row_count(page); row++)
        err = add_row(table, layout, page, row, shown);
    if (!err)
        err = table_print(table, out);
    table_free(table);
    return err;
}

static int print_rows(const struct report_page *page, FILE *out)
{
    struct layout layout = {0};
    buffer_init(&layout.text, CELL_MAX);
    buffer_init(&layout.shown, SHOWN_MAX(CELL_MAX));
    lay_out(&layout, page, terminal_width(out));
    int err = JALON_OK;
    for (size_t start = 1; !err && start < page->heading->column_count;) {
        bool shown[COLUMNS_MAX];
        if (start > 1)
            fputc('\n', out);
        start = choose_columns(&layout, page, start, shown);
        err = print_table(&layout, page, shown, out);
    }
    buffer_done(&layout.text);
    buffer_done(&layout.shown);
    return err;
}

static int print_heading(const struct report_page *page, FILE *out)
{
    struct buffer text;
    buffer_init(&text, HEADING_MAX);
    report_words_heading(&text, page);
    int err = buffer_error(&text);
    if (err == JALON_OK)
        fprintf(out, "%s · %.*s\n\n", language_text(page->language, page->heading->report),
                SLICE_ARG(buffer_slice(&text)));
    buffer_done(&text);
    return err;
}

/* Whole, or not at all: takes over the errors of `shown`, and ends it. */
static int print_shown(struct buffer *shown, FILE *out)
{
    const char *string = buffer_string(shown);
    int err = buffer_error(shown);
    if (err == JALON_OK)
        terminal_print_wrapped(out, 0, 0, string);
    buffer_done(shown);
    return err;
}

static int print_unattributed(const struct report_page *page, FILE *out)
{
    struct buffer text;
    buffer_init(&text, CELL_MAX);
    report_words_unattributed(&text, page);
    fputc('\n', out);
    return print_shown(&text, out);
}

static void print_thin(const struct report_page *page, FILE *out)
{
    if (report_words_has_thin(page))
        terminal_print_wrapped(out, 0, 0, language_text(page->language, REPORT_WORDS_THIN));
}

int report_table_print_notes(const struct report_page *page, FILE *out)
{
    int err = JALON_OK;
    for (size_t i = 0; i < page->ending->note_count && !err; i++) {
        struct buffer text;
        buffer_init(&text, SHOWN_MAX(CELL_MAX));
        report_words_note(&text, page, &page->ending->notes[i]);
        err = print_shown(&text, out);
    }
    return err;
}

/* "marie: Revenue 120.00 → 90.00 (2026-06-03)": the row, each of its figures that changed, and the day. */
static void append_change(struct buffer *out, const struct report_page *page,
                          const struct cell *cells)
{
    const char *before = page->language->colon;
    for (size_t key = 0; key < page->heading->column_count; key++) {
        if (!is_key(page, key))
            continue;
        buffer_append_string(out, key ? " " : "");
        report_words_value(out, page, cells, key);
    }
    for (size_t i = 0; i < page->heading->column_count; i++) {
        if (!report_words_is_changed(page, cells, i))
            continue;
        buffer_printf(out, "%s %s ", before,
                      language_text(page->language, page->heading->columns[i].heading));
        report_words_was(out, page, cells, i);
        buffer_append_string(out, " → ");
        report_words_bare(out, page, cells, i);
        before = ",";
    }
    buffer_append_string(out, " (");
    report_words_value(out, page, cells, report_words_column(page, "changed_at"));
    buffer_append_byte(out, ')');
}

static int print_changes(const struct report_page *page, FILE *out)
{
    struct buffer text, shown;
    int err = JALON_OK;
    bool is_first = true;
    buffer_init(&text, CELL_MAX);
    buffer_init(&shown, SHOWN_MAX(CELL_MAX));
    for (size_t row = 0; row < page->row_count && !err; row++) {
        if (!report_words_has_change(page, page->rows[row]))
            continue;
        if (is_first)
            terminal_print_wrapped(out, 0, 0, language_text(page->language, REPORT_WORDS_CHANGED));
        is_first = false;
        buffer_clear(&text);
        buffer_clear(&shown);
        append_change(&text, page, page->rows[row]);
        shown_append(&shown, buffer_slice(&text));
        const char *string = buffer_string(&shown);
        err = buffer_error(&text) ? buffer_error(&text) : buffer_error(&shown);
        if (err)
            break;
        fputs("  ", out);
        terminal_print_wrapped(out, 2, 4, string);
    }
    buffer_done(&text);
    buffer_done(&shown);
    return err;
}

/* The rows' clicks over time, summed by as many as it takes for the line to fit. */
static void print_clicks(const struct report_page *page, FILE *out)
{
    char memory[SPARKLINE_MAX * 4]; /* a character each */
    double values[SPARKLINE_MAX] = {0}, most = 0;
    size_t clicks = report_words_column(page, "clicks");
    size_t a_bar = (page->row_count + SPARKLINE_MAX - 1) / SPARKLINE_MAX;
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    for (size_t row = 0; row < page->row_count; row++)
        values[row / a_bar] += (double)page->rows[row][clicks].number;
    for (size_t i = 0; i < SPARKLINE_MAX; i++)
        most = values[i] > most ? values[i] : most;
    sparkline_append(&text, values, (page->row_count + a_bar - 1) / a_bar, most);
    fprintf(out, "\n%s%s %.*s\n", language_text(page->language, "Clicks"), page->language->colon,
            SLICE_ARG(buffer_slice(&text)));
}

int report_table_print(const struct report_page *page, FILE *out)
{
    int err = print_heading(page, out);
    if (err == JALON_OK)
        err = print_rows(page, out);
    if (err)
        return err;
    if (report_words_is_by_time(page) && page->row_count > 1)
        print_clicks(page, out);
    if (page->ending->has_unattributed)
        err = print_unattributed(page, out);
    print_thin(page, out);
    if (err == JALON_OK)
        err = print_changes(page, out);
    return err ? err : report_table_print_notes(page, out);
}
