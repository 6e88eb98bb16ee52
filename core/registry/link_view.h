/* link_view.h - the fields of a stored link that a redirect and an attribution need. */
#ifndef REGISTRY_LINK_VIEW_H
#define REGISTRY_LINK_VIEW_H
#include "core/base/buffer.h"

struct link_view { /* slices borrow from `text` */
    struct buffer text;
    struct slice code, campaign, creator, channel, target; /* code: "" of a portable link;
                                                              target: "" for the campaign's own */
    int64_t expires_at_ms;                                 /* 0: never */
    int64_t created_ms;                                    /* 0: unknown */
    bool is_disabled;
};

/* From the JSON of a record of key_links(). JALON_DAMAGED. The caller ends it with link_view_done(). */
CHECKED int link_view_read(struct link_view *ret_view, struct slice json);
void link_view_done(struct link_view *view);

/* "active", "disabled" or "expired"; static. */
const char *link_view_state(const struct link_view *view, int64_t now_ms);

/* The record that registers a portable link at its first click, appended to `out`. */
CHECKED int link_view_write_portable(struct buffer *out, struct slice campaign,
                                     struct slice creator, struct slice channel,
                                     struct slice target, int64_t now_ms);
#endif
