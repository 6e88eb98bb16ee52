/* export_links.h - the links of one partition, by id: what a raw click leaves out. */
#ifndef ADMIN_EXPORT_LINKS_H
#define ADMIN_EXPORT_LINKS_H
#include "core/registry/arena.h"

struct store;
struct zone;

struct exported_link {
    uint64_t link_id;
    struct slice campaign, creator, channel;
    struct slice name;       /* its code; a portable link's id */
    const struct zone *zone; /* its campaign's; whoever needs it sets it, once */
};

struct export_links {
    struct store *store;
    struct arena arena;           /* owns the links */
    struct exported_link **links; /* by id */
    size_t count, capacity;
};

/* In the place of those of another partition; zeroed but for the store at first. */
CHECKED int export_links_read(struct export_links *links, unsigned partition);
/* *ret_link is NULL when there is no such link; one registered since the reading is read. It lives until those of
 * another partition are read. */
CHECKED int export_links_find(struct export_links *links, uint64_t link_id,
                              struct exported_link **ret_link);
void export_links_done(struct export_links *links);
#endif
