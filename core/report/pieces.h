/* pieces.h - a text that is put together from words of ours, numbers, moments and what users wrote, each of which keeps
 * its kind: whoever shows it in another language knows what to translate. */
#ifndef REPORT_PIECES_H
#define REPORT_PIECES_H
#include "core/base/buffer.h"
#include "core/registry/arena.h"
#include "core/report/sink.h"

struct pieces { /* zeroed: empty */
    struct buffer text;
    struct piece *pieces;
    size_t count, capacity;
};

struct composed { /* of an arena */
    struct slice text;
    const struct piece *pieces;
    size_t count;
};

/* Empty, of at most `max` bytes. Ended with pieces_done(). */
void pieces_init(struct pieces *pieces, size_t max);
void pieces_done(struct pieces *pieces);

void pieces_add(struct pieces *pieces, enum piece_kind kind, struct slice text);
void pieces_text(struct pieces *pieces, const char *text);
void pieces_term(struct pieces *pieces, const char *english);
/* What stands between two items of a list; nothing before the first. */
void pieces_next(struct pieces *pieces, bool is_first);
void pieces_money(struct pieces *pieces, wide minor, unsigned exponent);
/* Makes one piece of what was appended to `text` since it had `start` bytes. */
void pieces_close(struct pieces *pieces, enum piece_kind kind, size_t start);

/* Takes it all over into the arena, and empties `pieces`. JALON_NO_MEMORY, JALON_FULL. */
CHECKED int pieces_keep(struct pieces *pieces, struct arena *arena, struct composed *ret_text);
struct cell cell_composed(const struct composed *text);
#endif
