#include "core/report/pieces.h"
#include "core/base/array.h"
#include "core/report/cells.h"

#include <stdlib.h>

void pieces_init(struct pieces *pieces, size_t max)
{
    *pieces = (struct pieces){0};
    buffer_init(&pieces->text, max);
}

void pieces_done(struct pieces *pieces)
{
    buffer_done(&pieces->text);
    free(pieces->pieces);
    *pieces = (struct pieces){0};
}

void pieces_close(struct pieces *pieces, enum piece_kind kind, size_t start)
{
    int err = array_reserve((void **)&pieces->pieces, &pieces->capacity, pieces->count + 1,
                            sizeof *pieces->pieces);
    if (err && !pieces->text.error)
        pieces->text.error = err;
    if (err || pieces->text.size == start)
        return;
    pieces->pieces[pieces->count++] =
        (struct piece){.kind = kind, .size = pieces->text.size - start};
}

void pieces_add(struct pieces *pieces, enum piece_kind kind, struct slice text)
{
    size_t start = pieces->text.size;
    buffer_append(&pieces->text, text);
    pieces_close(pieces, kind, start);
}

void pieces_text(struct pieces *pieces, const char *text)
{
    pieces_add(pieces, PIECE_TEXT, slice_of_string(text));
}

void pieces_term(struct pieces *pieces, const char *english)
{
    pieces_add(pieces, PIECE_TERM, slice_of_string(english));
}

void pieces_next(struct pieces *pieces, bool is_first)
{
    if (is_first)
        return;
    pieces_term(pieces, ","); /* where decimals have commas, lists have other marks */
    pieces_text(pieces, " ");
}

void pieces_money(struct pieces *pieces, wide minor, unsigned exponent)
{
    size_t start = pieces->text.size;
    money_format(&pieces->text, minor, exponent);
    pieces_close(pieces, PIECE_NUMBER, start);
}

static int copy(const struct pieces *pieces, struct arena *arena, struct composed *ret_text)
{
    int err = buffer_error(&pieces->text);
    if (err || pieces->count == 0)
        return err;
    struct piece *kinds = arena_take(arena, pieces->count * sizeof *kinds);
    struct slice text = arena_copy(arena, buffer_slice(&pieces->text));
    if (!kinds || !text.data)
        return JALON_NO_MEMORY;
    memcpy(kinds, pieces->pieces, pieces->count * sizeof *kinds);
    *ret_text = (struct composed){text, kinds, pieces->count};
    return JALON_OK;
}

int pieces_keep(struct pieces *pieces, struct arena *arena, struct composed *ret_text)
{
    *ret_text = (struct composed){0};
    int err = copy(pieces, arena, ret_text);
    buffer_clear(&pieces->text);
    pieces->count = 0;
    return err;
}

struct cell cell_composed(const struct composed *text)
{
    struct cell cell = cell_text(text->text);
    cell.pieces = text->pieces;
    cell.piece_count = text->count;
    return cell;
}
