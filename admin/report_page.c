#include "admin/report_page.h"
#include "core/base/buffer.h"
#include "core/ledger/money.h"

#include <stdlib.h>

static int copy_counts(struct arena *arena, const struct named_count *from, size_t count,
                       const struct named_count **ret_copy)
{
    struct named_count *copy = arena_take(arena, (count + 1) * sizeof *copy);
    if (!copy)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        copy[i] = from[i];
        copy[i].name = arena_copy(arena, from[i].name);
        if (!copy[i].name.data)
            return JALON_NO_MEMORY;
    }
    *ret_copy = copy;
    return JALON_OK;
}

static int copy_pieces(struct arena *arena, const struct cell *from, const struct piece **ret_copy)
{
    struct piece *copy = arena_take(arena, from->piece_count * sizeof *copy);
    if (!copy)
        return JALON_NO_MEMORY;
    memcpy(copy, from->pieces, from->piece_count * sizeof *copy);
    *ret_copy = copy;
    return JALON_OK;
}

static int copy_cells(struct arena *arena, const struct cell *from, size_t count,
                      struct cell **ret_copy)
{
    struct cell *copy = arena_take(arena, (count + 1) * sizeof *copy);
    if (!copy)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        copy[i] = from[i];
        if (from[i].kind == CELL_TEXT || from[i].kind == CELL_DECIMAL) {
            copy[i].text = arena_copy(arena, from[i].text);
            if (!copy[i].text.data)
                return JALON_NO_MEMORY;
        }
        int err = JALON_OK;
        if (from[i].kind == CELL_COUNTS)
            err = copy_counts(arena, from[i].counts, from[i].count_count, &copy[i].counts);
        if (err == JALON_OK && from[i].kind == CELL_TEXT && from[i].piece_count)
            err = copy_pieces(arena, &from[i], &copy[i].pieces);
        if (err)
            return err;
    }
    *ret_copy = copy;
    return JALON_OK;
}

static int page_begin(struct report_sink *sink, const struct report_heading *heading)
{
    ((struct report_page *)sink)->heading = heading;
    return JALON_OK;
}

static int page_row(struct report_sink *sink, const struct cell *cells)
{
    struct report_page *page = (struct report_page *)sink;
    if (page->row_count == page->row_capacity) {
        size_t capacity = page->row_capacity ? page->row_capacity * 2 : 64;
        struct cell **rows = realloc(page->rows, capacity * sizeof(struct cell *));
        if (!rows)
            return JALON_NO_MEMORY;
        page->rows = rows;
        page->row_capacity = capacity;
    }
    int err =
        copy_cells(&page->arena, cells, page->heading->column_count, &page->rows[page->row_count]);
    if (!err)
        page->row_count++;
    return err;
}

static int page_end(struct report_sink *sink, const struct report_ending *ending)
{
    struct report_page *page = (struct report_page *)sink;
    page->ending = ending;
    return page->print(page);
}

void report_page_init(struct report_page *page, report_print *print)
{
    *page = (struct report_page){
        .sink = {page_begin, page_row, page_end}, .print = print, .language = &language_english};
}

void report_page_done(struct report_page *page)
{
    free(page->rows);
    arena_done(&page->arena);
    *page = (struct report_page){0};
}

/* Takes "0"s, and then a ".", off the end of a decimal. */
static size_t trimmed(const char *text, size_t size)
{
    while (size && text[size - 1] == '0')
        size--;
    return size && text[size - 1] == '.' ? size - 1 : size;
}

void report_share_text(struct buffer *out, int64_t micro)
{
    char memory[32];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    money_format(&text, micro, 6);
    buffer_append(out, slice_of(text.data, trimmed(text.data, text.size)));
}

static void append_ratio(struct buffer *out, double ratio)
{
    char memory[64];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    buffer_printf(&text, "%.6f", ratio);
    buffer_append(out, slice_of(text.data, trimmed(text.data, text.size)));
}

void report_cell_text(struct buffer *out, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_NULL:
    case CELL_COUNTS:
        break;
    case CELL_TEXT:
    case CELL_DECIMAL:
        buffer_append(out, cell->text);
        break;
    case CELL_COUNT:
        buffer_printf(out, "%lld", (long long)cell->number);
        break;
    case CELL_SHARE:
        report_share_text(out, cell->number);
        break;
    case CELL_RATIO:
        append_ratio(out, cell->ratio);
        break;
    case CELL_MONEY:
        money_format(out, cell->minor, cell->exponent);
        break;
    }
}
