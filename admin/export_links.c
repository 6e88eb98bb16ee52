#include "admin/export_links.h"
#include "core/base/array.h"
#include "core/registry/link_view.h"
#include "core/store/store.h"

#include <stdlib.h>

static int add_view(struct export_links *links, uint64_t link_id, const struct link_view *view)
{
    int err = array_reserve((void **)&links->links, &links->capacity, links->count + 1,
                            sizeof(struct exported_link *));
    if (err)
        return err;
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct slice name = view->code.size ? view->code : slice_of_string(id);
    struct exported_link *link = arena_take(&links->arena, sizeof *link);
    if (!link)
        return JALON_NO_MEMORY;
    *link = (struct exported_link){
        .link_id = link_id,
        .campaign = arena_copy(&links->arena, view->campaign),
        .creator = arena_copy(&links->arena, view->creator),
        .channel = arena_copy(&links->arena, view->channel),
        .name = arena_copy(&links->arena, name),
    };
    if (!link->campaign.data || !link->creator.data || !link->channel.data || !link->name.data)
        return JALON_NO_MEMORY;
    links->links[links->count++] = link;
    return JALON_OK;
}

static int add(void *context, struct slice field, uint64_t version, struct slice json)
{
    (void)version; /* a field that is there has one */
    uint64_t link_id;
    struct link_view view;
    if (link_id_parse(&link_id, field) || link_view_read(&view, json))
        return JALON_DAMAGED;
    int err = add_view(context, link_id, &view);
    link_view_done(&view);
    return err;
}

static int compare(const void *a, const void *b)
{
    const struct exported_link *const *left = a, *const *right = b;
    return ((*left)->link_id > (*right)->link_id) - ((*left)->link_id < (*right)->link_id);
}

static void sort(struct export_links *links)
{
    if (links->count)
        qsort(links->links, links->count, sizeof *links->links, compare);
}

int export_links_read(struct export_links *links, unsigned partition)
{
    arena_done(&links->arena);
    links->arena = (struct arena){0};
    links->count = 0;
    struct key key = key_links(partition);
    int err = store_each(links->store, &key, add, links);
    sort(links);
    return err;
}

static struct exported_link *find(const struct export_links *links, uint64_t link_id)
{
    struct exported_link sample = {.link_id = link_id}, *wanted = &sample;
    if (links->count == 0)
        return NULL;
    struct exported_link **found =
        bsearch(&wanted, links->links, links->count, sizeof *links->links, compare);
    return found ? *found : NULL;
}

int export_links_find(struct export_links *links, uint64_t link_id, struct exported_link **ret_link)
{
    *ret_link = find(links, link_id);
    if (*ret_link)
        return JALON_OK;
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    struct record record;
    int err = store_get(links->store, &record, &key, slice_of_string(id));
    if (err)
        return err;
    if (record.version) {
        err = add(links, slice_of_string(id), record.version, record.json);
        sort(links);
        *ret_link = find(links, link_id);
    }
    record_done(&record);
    return err;
}

void export_links_done(struct export_links *links)
{
    arena_done(&links->arena);
    free(links->links);
    links->links = NULL;
}
