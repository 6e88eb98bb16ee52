/* post_view.h - a published content and its figures. */
#ifndef REGISTRY_POST_VIEW_H
#define REGISTRY_POST_VIEW_H
#include "core/base/buffer.h"

#define POST_SNAPSHOTS_MAX 1000

/* Name of column and JSON member, in the order of the import file. */
#define POST_FIGURES(X) X(impressions) X(reach) X(likes) X(comments) X(shares) X(saves)

struct post_figures {
    int64_t taken_ms;
#define POST_FIGURE_FIELD(name) int64_t name; /* -1: unknown */
    POST_FIGURES(POST_FIGURE_FIELD)
#undef POST_FIGURE_FIELD
};

struct post_view { /* slices borrow from `text` */
    struct buffer text;
    struct slice url, campaign, creator;
    int64_t published_ms;
    struct post_figures
        newest; /* each figure from its newest non-empty snapshot; taken_ms: the newest */
};

/* From the JSON of a record of key_posts(). JALON_DAMAGED. Ended with post_view_done(). */
CHECKED int post_view_read(struct post_view *ret_view, struct slice json);
void post_view_done(struct post_view *view);
#endif
