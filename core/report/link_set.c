#include "core/report/link_set.h"
#include "core/registry/link_view.h"
#include "core/base/array.h"
#include "core/store/store.h"

#include <stdlib.h>

struct reading {
    struct link_set *set;
    size_t campaign; /* whose links come */
    int64_t now_ms;
};

static int fill_row(struct link_row *row, struct arena *arena, const struct link_view *view,
                    int64_t now_ms)
{
    row->code = arena_copy(arena, view->code);
    row->creator = arena_copy(arena, view->creator);
    row->channel = arena_copy(arena, view->channel);
    row->target = arena_copy(arena, view->target);
    row->state = link_view_state(view, now_ms);
    bool is_copied = row->code.data && row->creator.data && row->channel.data && row->target.data;
    return is_copied ? JALON_OK : JALON_NO_MEMORY;
}

static int keep_link(void *context, struct slice field, uint64_t version, struct slice json)
{
    struct reading *reading = context;
    struct link_set *set = reading->set;
    struct link_row row = {.campaign = reading->campaign};
    struct link_view view;
    if (version == 0)
        return JALON_OK; /* in the index only: its record went with a Redis that lost its tail */
    int err = link_id_parse(&row.id, field);
    if (err == JALON_OK)
        err =
            array_reserve((void **)&set->links, &set->capacity, set->count + 1, sizeof *set->links);
    if (err == JALON_OK)
        err = link_view_read(&view, json);
    if (err)
        return err;
    err = fill_row(&row, &set->arena, &view, reading->now_ms);
    link_view_done(&view);
    if (err == JALON_OK)
        set->links[set->count++] = row;
    return err;
}

static int by_id(const void *a, const void *b)
{
    const struct link_row *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

int link_set_read(struct link_set *set, const struct scope *scope)
{
    struct reading reading = {.set = set, .now_ms = scope->query->now_ms};
    int err = JALON_OK;
    for (size_t i = 0; i < scope->campaign_count && !err; i++) {
        reading.campaign = i;
        err = store_links_each(scope->store, scope->slugs[i], keep_link, &reading);
    }
    if (set->count)
        qsort(set->links, set->count, sizeof *set->links, by_id);
    return err;
}

const struct link_row *link_set_find(const struct link_set *set, uint64_t id)
{
    struct link_row wanted = {.id = id};
    return set->count ? bsearch(&wanted, set->links, set->count, sizeof *set->links, by_id) : NULL;
}

void link_set_done(struct link_set *set)
{
    arena_done(&set->arena);
    free(set->links);
    *set = (struct link_set){0};
}
