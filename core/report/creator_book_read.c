#include "core/registry/cost_view.h"
#include "core/registry/creator_view.h"
#include "core/registry/post_view.h"
#include "core/base/array.h"
#include "core/report/creator_book.h"
#include "core/store/store.h"

#include <stdlib.h>

/* Reading the records of one campaign. */
struct reading {
    struct creator_book *book;
    size_t campaign;
};

static int keep_cost(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version; /* each is there: it was walked to */
    struct reading *reading = context;
    struct creator_book *book = reading->book;
    unsigned exponent = book->scope->campaigns[reading->campaign].view.exponent;
    struct cost_view view;
    int err = cost_view_read(&view, field, json, exponent);
    if (err || !scope_has_creator(book->scope, view.creator))
        return err;
    struct dated_cost cost = {.entry = view.entry};
    err = creator_book_part(book, reading->campaign, view.creator, &cost.part);
    if (err == JALON_OK)
        err = array_reserve((void **)&book->costs, &book->cost_capacity, book->cost_count + 1,
                            sizeof *book->costs);
    if (err == JALON_OK)
        book->costs[book->cost_count++] = cost;
    return err;
}

static int add_post(struct reading *reading, const struct post_view *view)
{
    struct creator_book *book = reading->book;
    const struct scope_campaign *campaign = &book->scope->campaigns[reading->campaign];
    size_t part;
    int err = creator_book_part(book, reading->campaign, view->creator, &part);
    if (err || view->published_ms < campaign->range_ms[0] ||
        view->published_ms >= campaign->range_ms[1])
        return err;
    const struct post_counts counts = {
#define POST_COUNT(name) .name = view->newest.name,
        POST_FIGURES(POST_COUNT)
#undef POST_COUNT
    };
    figures_add_post(&book->rows[book->parts[part].row].sums.figures, &counts);
    return JALON_OK;
}

static int keep_post(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version; /* each is there: it was walked to */
    (void)field;   /* the record knows its URL */
    struct reading *reading = context;
    struct post_view view;
    int err = post_view_read(&view, json);
    if (err)
        return err;
    if (scope_has_creator(reading->book->scope, view.creator))
        err = add_post(reading, &view);
    post_view_done(&view);
    return err;
}

int creator_book_read(struct creator_book *book)
{
    struct reading reading = {.book = book};
    int err = JALON_OK;
    for (size_t i = 0; i < book->scope->campaign_count && !err; i++) {
        struct key costs = key_costs(book->scope->slugs[i]),
                   posts = key_posts(book->scope->slugs[i]);
        reading.campaign = i;
        err = store_each(book->scope->store, &costs, keep_cost, &reading);
        if (err == JALON_OK)
            err = store_each(book->scope->store, &posts, keep_post, &reading);
    }
    return err;
}

struct naming {
    struct creator_book *book;
    size_t row; /* whose record comes next */
};

static int keep_name(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)field; /* asked for in the order of the rows */
    struct naming *naming = context;
    struct creator_row *row = &naming->book->rows[naming->row++];
    struct creator_view view;
    if (version == 0)
        return JALON_OK; /* known from a portable link only */
    int err = creator_view_read(&view, json);
    if (err)
        return err;
    row->name = arena_copy(&naming->book->arena, view.is_erased ? SLICE_NONE : view.name);
    row->platform = arena_copy(&naming->book->arena, view.platform);
    row->niche = arena_copy(&naming->book->arena, view.niche_count ? view.niches[0] : SLICE_NONE);
    row->has_more_niches = view.niche_count > 1;
    row->followers = view.followers;
    creator_view_done(&view);
    bool is_copied = row->name.data && row->platform.data && row->niche.data;
    return is_copied ? JALON_OK : JALON_NO_MEMORY;
}

int creator_book_name(struct creator_book *book)
{
    struct key key = key_creators();
    struct naming naming = {.book = book};
    struct slice *fields = reallocarray(NULL, book->row_count + 1, sizeof *fields);
    if (!fields)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < book->row_count; i++)
        fields[i] = book->rows[i].creator;
    int err = store_get_many(book->scope->store, &key, fields, book->row_count, keep_name, &naming);
    free(fields);
    return err;
}
