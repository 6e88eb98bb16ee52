#include "core/report/lost_clicks.h"
#include "core/store/store.h"

#define DAY_MS INT64_C(86400000)

struct look {                  /* at all gaps */
    const struct scope *scope; /* those of its ranges; NULL: those since */
    int64_t since_ms;
    struct losses losses;
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
    struct look *look = context;
    uint64_t at_ms;
    if (slice_to_u64(&at_ms, text, INT64_MAX) != JALON_OK)
        return JALON_DAMAGED;
    bool is_wanted =
        look->scope ? is_in_range(look->scope, (int64_t)at_ms) : (int64_t)at_ms >= look->since_ms;
    if (!is_wanted)
        return JALON_OK;
    look->losses.count++;
    if ((int64_t)at_ms > look->losses.last_ms)
        look->losses.last_ms = (int64_t)at_ms;
    return JALON_OK;
}

static int look_at_all(struct look *look, struct store *store)
{
    int err = JALON_OK;
    for (unsigned partition = 0; partition < SCHEMA_PARTITIONS && !err; partition++) {
        struct key key = key_gaps(partition);
        err = store_each(store, &key, visit_gap, look);
    }
    return err;
}

int lost_clicks_since(struct losses *ret_losses, struct store *store, int64_t since_ms)
{
    struct look look = {.since_ms = since_ms};
    int err = look_at_all(&look, store);
    if (!err)
        *ret_losses = look.losses;
    return err;
}

int lost_clicks_note(struct totals *totals)
{
    struct look look = {.scope = totals->scope};
    char last[MOMENT_TEXT_MAX];
    int err = look_at_all(&look, totals->scope->store);
    if (err || look.losses.count == 0)
        return err;
    moment_format(last, look.losses.last_ms);
    totals_note(totals,
                "Clicks were lost before they reached the store (gaps: %, the last before %): "
                "the figures of those days are too low.",
                NOTE_VALUES(note_count(look.losses.count), note_moment(last)));
    return JALON_OK;
}
