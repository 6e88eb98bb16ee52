#include "admin/report_table.h"
#include "admin/table.h"
#include "admin/terminal.h"
#include "core/base/buffer.h"

#define CELL_TEXT_MAX 4096
#define COLUMNS_MAX 64

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

static bool is_percentage(const char *field)
{
    for (size_t i = 0; i < sizeof percentages / sizeof *percentages; i++)
        if (strcmp(percentages[i], field) == 0)
            return true;
    return false;
}

/* Is `field` the base's `_low` or `_high`? They are shown with it, in one column. */
static bool is_bound_of(const char *field, const char *base)
{
    size_t size = strlen(base);
    return strncmp(field, base, size) == 0 &&
           (strcmp(field + size, "_low") == 0 || strcmp(field + size, "_high") == 0);
}

static bool is_bound(const struct report_heading *heading, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_bound_of(heading->columns[index].field, heading->columns[i].field))
            return true;
    return false;
}

static bool has_bounds(const struct report_heading *heading, size_t index)
{
    return index + 2 < heading->column_count &&
           is_bound_of(heading->columns[index + 1].field, heading->columns[index].field) &&
           is_bound_of(heading->columns[index + 2].field, heading->columns[index].field);
}

static void append_percentage(struct buffer *out, const struct cell *cells, bool has_interval)
{
    buffer_printf(out, "%.2f %%", cells[0].ratio * 100);
    if (has_interval && cells[1].kind == CELL_RATIO && cells[2].kind == CELL_RATIO)
        buffer_printf(out, " (%.2f–%.2f)", cells[1].ratio * 100, cells[2].ratio * 100);
}

static void append_counts(struct buffer *out, const struct cell *cell)
{
    bool is_first = true;
    for (size_t i = 0; i < cell->count_count; i++) {
        if (cell->counts[i].micro == 0)
            continue;
        buffer_append_string(out, is_first ? "" : ", ");
        report_share_text(out, cell->counts[i].micro);
        buffer_printf(out, " %.*s", SLICE_ARG(cell->counts[i].name));
        is_first = false;
    }
    if (is_first)
        buffer_append_byte(out, '0');
}

static void append_sum(struct buffer *out, const struct cell *cell)
{
    int64_t micro = 0;
    for (size_t i = 0; i < cell->count_count; i++)
        micro += cell->counts[i].micro;
    report_share_text(out, micro);
}

static void append_cell(struct buffer *out, const struct report_page *page,
                        const struct cell *cells, size_t index)
{
    const struct cell *cell = &cells[index];
    const char *field = page->heading->columns[index].field;
    if (cell->kind == CELL_RATIO && is_percentage(field))
        append_percentage(out, cell, has_bounds(page->heading, index));
    else if (cell->kind == CELL_RATIO)
        buffer_printf(out, "%.2f", cell->ratio);
    else if (cell->kind == CELL_COUNTS && strcmp(field, "invalid_clicks") == 0)
        append_sum(out, cell);
    else if (cell->kind == CELL_COUNTS)
        append_counts(out, cell);
    else
        report_cell_text(out, cell);
    if (out->size == 0)
        buffer_append_string(out, "–");
}

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
    if (index == 0 && row == page->row_count)
        buffer_append_string(out, "Total");
    else if (index == 0)
        buffer_printf(out, "Total %.*s",
                      SLICE_ARG(page->ending->by_currency[row - page->row_count - 1].currency));
    else if (page->heading->columns[index].has_total)
        append_cell(out, page, row_at(page, row), index);
}

static void append_text(struct buffer *out, const struct report_page *page, size_t row,
                        size_t index)
{
    if (row < page->row_count)
        append_cell(out, page, page->rows[row], index);
    else
        append_total(out, page, row, index);
}

static size_t column_width(const struct report_page *page, size_t index)
{
    size_t width = terminal_characters(page->heading->columns[index].heading);
    for (size_t row = 0; row < row_count(page); row++) {
        char memory[CELL_TEXT_MAX];
        struct buffer text;
        buffer_over(&text, memory, sizeof memory);
        append_text(&text, page, row, index);
        const char *string = buffer_string(&text);
        size_t here = string ? terminal_characters(string) : 0;
        width = here > width ? here : width;
    }
    return width + TABLE_GAP;
}

struct layout {   /* which columns are printed, and in which of the tables below each other */
    size_t width; /* of the terminal */
    size_t widths[COLUMNS_MAX]; /* 0: not printed */
};

static void lay_out(struct layout *layout, const struct report_page *page, size_t width)
{
    layout->width = width + TABLE_GAP; /* no gap behind the last column */
    size_t sum = 0;
    for (size_t i = 0; i < page->heading->column_count && i < COLUMNS_MAX; i++) {
        layout->widths[i] = is_bound(page->heading, i) ? 0 : column_width(page, i);
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
            err = table_add_column(table, column->heading, is_text ? TABLE_CUT : TABLE_RIGHT);
    }
    return err;
}

static int add_row(struct table *table, const struct report_page *page, size_t row,
                   const bool *shown)
{
    int err = table_add_row(table);
    size_t column = 0;
    for (size_t i = 0; !err && i < page->heading->column_count; i++) {
        if (!shown[i])
            continue;
        char memory[CELL_TEXT_MAX];
        struct buffer text;
        buffer_over(&text, memory, sizeof memory);
        append_text(&text, page, row, i);
        err = table_set(table, column++, buffer_slice(&text));
    }
    if (row >= page->row_count)
        table_set_bold(table);
    return err;
}

static int print_table(const struct report_page *page, const bool *shown, FILE *out)
{
    struct table *table;
    int err = table_new(&table);
    if (err)
        return err;
    err = add_columns(table, page, shown);
    for (size_t row = 0; !err && row < row_count(page); row++)
        err = add_row(table, page, row, shown);
    if (!err)
        err = table_print(table, out);
    table_free(table);
    return err;
}

static int print_rows(const struct report_page *page, FILE *out)
{
    struct layout layout = {0};
    lay_out(&layout, page, terminal_width(out));
    int err = JALON_OK;
    for (size_t start = 1; !err && start < page->heading->column_count;) {
        bool shown[COLUMNS_MAX];
        if (start > 1)
            fputc('\n', out);
        start = choose_columns(&layout, page, start, shown);
        err = print_table(page, shown, out);
    }
    return err;
}

static void print_heading(const struct report_heading *heading, FILE *out)
{
    fprintf(out, "%s · ", heading->report);
    for (size_t i = 0; i < heading->campaign_count; i++)
        fprintf(out, "%s%.*s", i ? ", " : "", SLICE_ARG(heading->campaigns[i]));
    if (heading->campaign_count == 0)
        fputs("all campaigns", out);
    if (heading->from.size)
        fprintf(out, " · %.*s to %.*s", SLICE_ARG(heading->from), SLICE_ARG(heading->to));
    else
        fprintf(out, " · up to %.*s", SLICE_ARG(heading->to));
    if (heading->timezone.size)
        fprintf(out, " · %.*s", SLICE_ARG(heading->timezone));
    if (heading->currency.size)
        fprintf(out, " · amounts in %.*s", SLICE_ARG(heading->currency));
    fputs("\n\n", out);
}

static void append_revenue(struct buffer *out, const struct cell *revenue, struct slice currency)
{
    if (revenue->kind != CELL_MONEY)
        return;
    buffer_append_string(out, ", ");
    report_cell_text(out, revenue);
    buffer_printf(out, " %.*s", SLICE_ARG(currency));
}

static void print_unattributed(const struct report_page *page, FILE *out)
{
    char memory[CELL_TEXT_MAX];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    const struct report_ending *ending = page->ending;
    append_counts(&text, &(struct cell){.kind = CELL_COUNTS,
                                        .counts = ending->unattributed,
                                        .count_count = ending->unattributed_count});
    append_revenue(&text, &ending->unattributed_revenue, page->heading->currency);
    for (size_t i = 0; i < ending->currency_count; i++)
        append_revenue(&text, &ending->by_currency[i].unattributed_revenue,
                       ending->by_currency[i].currency);
    fprintf(out, "\nUnattributed: %.*s\n", SLICE_ARG(buffer_slice(&text)));
}

static void print_note(struct slice note, FILE *out)
{
    char text[CELL_TEXT_MAX];
    if (slice_to_string(text, sizeof text, note) == JALON_OK)
        terminal_print_wrapped(out, 0, 0, text);
}

int report_table_print(const struct report_page *page, FILE *out)
{
    print_heading(page->heading, out);
    int err = print_rows(page, out);
    if (err)
        return err;
    if (page->ending->has_unattributed)
        print_unattributed(page, out);
    for (size_t i = 0; i < page->ending->note_count; i++)
        print_note(page->ending->notes[i], out);
    return JALON_OK;
}
