#include "core/report/lost_clicks.h"
#include "core/store/store.h"

#define DAY_MS INT64_C(86400000)

struct losses {
    const struct scope *scope;
    size_t count;
    int64_t last_ms;
};

static bool is_in_range(const struct scope *scope, int64_t at_ms)
{
    for (size_t i = 0; i < scope->campaign_count; i++) {
        const int64_t *range_ms = scope->campaigns[i].range_ms;
        /* What is known is the first click behind the gap: the lost ones may be of the day before. */
        if (at_ms >= range_ms[0] && at_ms < range_ms[1] + DAY_MS)
            return true;
    }
    return false;
}

/* A gap is "FROM TIME" (core/store/functions.c), which reads as a record whose text is the time. */
static int visit_gap(void *context, struct slice field, uint64_t version, struct slice text)
{
    (void)field, (void)version; /* where in which journal: of no use here */
    struct losses *losses = context;
    uint64_t at_ms;
    if (slice_to_u64(&at_ms, text, INT64_MAX) != JALON_OK)
        return JALON_DAMAGED;
    if (!is_in_range(losses->scope, (int64_t)at_ms))
        return JALON_OK;
    losses->count++;
    if ((int64_t)at_ms > losses->last_ms)
        losses->last_ms = (int64_t)at_ms;
    return JALON_OK;
}

int lost_clicks_note(struct totals *totals)
{
    struct losses losses = {.scope = totals->scope};
    char last[MOMENT_TEXT_MAX];
    for (unsigned partition = 0; partition < SCHEMA_PARTITIONS; partition++) {
        struct key key = key_gaps(partition);
        int err = store_each(totals->scope->store, &key, visit_gap, &losses);
        if (err)
            return err;
    }
    if (losses.count == 0)
        return JALON_OK;
    moment_format(last, losses.last_ms);
    totals_note(totals,
                "Clicks were lost before they reached the store (%zu gaps, the last before %s): "
                "the figures of those days are too low.",
                losses.count, last);
    return JALON_OK;
}
