/* creator_view.h - the fields of a stored creator that a report needs. */
#ifndef REGISTRY_CREATOR_VIEW_H
#define REGISTRY_CREATOR_VIEW_H
#include "core/base/buffer.h"

#define CREATOR_NICHES_MAX 16

struct creator_view { /* slices borrow from `text` */
    struct buffer text;
    struct slice slug, name,
        platform;      /* name: the slug where none was given; platform may be empty */
    int64_t followers; /* -1: unknown */
    struct slice niches[CREATOR_NICHES_MAX];
    size_t niche_count;
    bool is_erased;
};

/* From the JSON of a record of key_creators(). JALON_DAMAGED. Ended with creator_view_done(). */
CHECKED int creator_view_read(struct creator_view *ret_view, struct slice json);
void creator_view_done(struct creator_view *view);
#endif
