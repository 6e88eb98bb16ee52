/* Records that many rows name, read once: campaigns, links, codes. */
#include "core/registry/draft_table.h"

#include <stdlib.h>

#define VIEWS_MAX 65536 /* of half a KiB or so, kept beyond what is looked at together */

struct view_kind {
    size_t size;
    int (*read)(void *ret_view, struct slice json);
    void (*done)(void *view);
};

struct draft_view {
    struct draft_view *next;
    struct draft_entry *entry;
    const struct view_kind *kind;
    _Alignas(max_align_t) char view[];
};

static int read_view(struct draft *draft, struct draft_entry *entry, const struct view_kind *kind)
{
    struct draft_view *view = malloc(sizeof *view + kind->size);
    if (!view)
        return JALON_NO_MEMORY;
    int err = kind->read(view->view, entry->json);
    if (err) {
        free(view);
        return err;
    }
    view->entry = entry;
    view->kind = kind;
    view->next = draft->views;
    draft->views = view;
    draft->view_count++;
    entry->view = view;
    return JALON_OK;
}

static int view_of(struct draft *draft, const struct key *key, struct slice field,
                   const struct view_kind *kind, const void **ret_view)
{
    struct draft_entry *entry;
    int err = draft_entry_of(draft, key, field, &entry);
    if (!err && entry->json.size && !entry->view)
        err = read_view(draft, entry, kind);
    if (!err)
        *ret_view = entry->json.size ? entry->view->view : NULL;
    return err;
}

void draft_views_done(struct draft *draft)
{
    for (struct draft_view *next, *view = draft->views; view; view = next) {
        next = view->next;
        view->entry->view = NULL;
        view->kind->done(view->view);
        free(view);
    }
    draft->views = NULL;
    draft->view_count = 0;
}

void draft_trim(struct draft *draft)
{
    if (draft->view_count > VIEWS_MAX)
        draft_views_done(draft);
}

static int read_campaign(void *ret_view, struct slice json)
{
    return campaign_view_read(ret_view, json);
}

static void campaign_done(void *view)
{
    campaign_view_done(view);
}

int draft_campaign(struct draft *draft, struct slice slug, const struct campaign_view **ret_view)
{
    static const struct view_kind kind = {sizeof(struct campaign_view), read_campaign,
                                          campaign_done};
    struct key key = key_campaigns();
    const void *view = NULL;
    int err = view_of(draft, &key, slug, &kind, &view);
    *ret_view = view;
    return err;
}

static int read_link(void *ret_view, struct slice json)
{
    return link_view_read(ret_view, json);
}

static void link_done(void *view)
{
    link_view_done(view);
}

int draft_link(struct draft *draft, uint64_t link_id, const struct link_view **ret_view)
{
    static const struct view_kind kind = {sizeof(struct link_view), read_link, link_done};
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    const void *view = NULL;
    int err = view_of(draft, &key, slice_of(id, LINK_ID_TEXT), &kind, &view);
    *ret_view = view;
    return err;
}

static int read_codes(void *ret_view, struct slice json)
{
    return code_record_read(ret_view, json);
}

static void codes_done(void *view)
{
    code_record_done(view);
}

int draft_codes(struct draft *draft, struct slice brand, struct slice folded,
                const struct code_record **ret_codes)
{
    static const struct view_kind kind = {sizeof(struct code_record), read_codes, codes_done};
    struct key key = key_codes(brand);
    const void *view = NULL;
    int err = view_of(draft, &key, folded, &kind, &view);
    *ret_codes = view;
    return err;
}
