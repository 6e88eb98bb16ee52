/* click_walk.h - raw clicks as they are kept: partition by partition, and within one day by day, so that what
 * belongs to a partition (its links) need not be in memory together. Memory is bounded, whatever the range. */
#ifndef STORE_CLICK_WALK_H
#define STORE_CLICK_WALK_H
#include "core/store/click_record.h"

struct problem;
struct store;

struct click_span { /* what is wanted of a link: its clicks with from_ms <= t < to_ms */
    int64_t from_ms, to_ms;
    void *link; /* handed to `visit` */
};

struct click_walk {
    int32_t first_day, last_day; /* of UTC, both included */
    /* Before the clicks of a partition. NULL: nothing to do. */
    int (*enter)(void *context, unsigned partition);
    /* Whether the clicks of this day and partition are to be read. NULL: of each. */
    bool (*wants_day)(void *context, unsigned partition, int32_t day);
    /* Called of each link met, at least once a partition; what it said is good for the partition. */
    int (*select)(void *context, uint64_t link_id, struct click_span *ret_span);
    /* A click that is wanted, in the order kept; its `source` lives for the call only. */
    int (*visit)(void *context, void *link, const struct click_record *click);
    /* After each day of a partition. NULL: nobody wants to know. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/* An error of a callback ends it and is returned. Where clicks are damaged *problem names their key. */
CHECKED int click_walk_run(const struct click_walk *walk, struct store *store,
                           struct problem *problem);
#endif
