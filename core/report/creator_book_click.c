#include "core/report/creator_book.h"

#include <stdlib.h>

static int compare_rows(const void *a, const void *b)
{
    const struct click_source *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* The links as sources of clicks, by row. Returns how many; `sources` has room for all links. */
static size_t list_sources(struct creator_book *book, const struct link_set *links,
                           struct click_source *sources)
{
    size_t count = 0;
    for (size_t i = 0; i < links->count; i++) {
        const struct link_row *link = &links->links[i];
        size_t number;
        if (!name_index_find_pair(&book->part_names, book->scope->slugs[link->campaign],
                                  link->creator, &number))
            continue; /* of a creator that the report leaves out */
        const struct creator_part *part = &book->parts[number];
        sources[count++] = (struct click_source){
            .link_id = link->id,
            .row = part->row,
            .cuts = {book->moments_ms + part->first_moment, part->stretch_count + 1},
            .humans = book->humans + part->first_stretch,
            .invalid = book->rows[part->row].sums.invalid,
        };
    }
    if (count)
        qsort(sources, count, sizeof *sources, compare_rows);
    return count;
}

static void take_over(struct creator_book *book, const int64_t *unique)
{
    for (size_t i = 0; i < book->row_count; i++)
        book->rows[i].sums.figures.unique_clicks = unique[i];
    for (size_t i = 0; i < book->part_count; i++) {
        const struct creator_part *part = &book->parts[i];
        for (size_t j = part->first_stretch; j < part->first_stretch + part->stretch_count; j++) {
            book->bases[j].clicks = book->humans[j];
            book->rows[part->row].sums.figures.clicks += book->humans[j];
        }
    }
}

int creator_book_click(struct creator_book *book, const struct link_set *links)
{
    struct click_source *sources = calloc(links->count + 1, sizeof *sources);
    int64_t *unique = calloc(book->row_count + 1, sizeof *unique);
    int err = sources && unique ? JALON_OK : JALON_NO_MEMORY;
    if (err == JALON_OK) {
        size_t count = list_sources(book, links, sources);
        err = clicks_sum(book->scope->store, sources, count, unique);
    }
    if (err == JALON_OK)
        take_over(book, unique);
    free(sources);
    free(unique);
    return err;
}
