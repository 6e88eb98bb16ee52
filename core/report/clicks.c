#include "core/report/clicks.h"
#include "core/base/array.h"
#include "core/report/visitors.h"
#include "core/store/store.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)
#define SOURCES_A_BATCH 2048

#define BEFORE (-1) /* stretch of a moment before the first cut; after the last: AFTER */
#define AFTER INT32_MAX

struct cut_day { /* a day of a link that a cut divides: looked up by quarters */
    size_t source;
    int32_t day;
};

/* A batch: some sources, whole rows, or a part of a row of many. */
struct batch {
    struct store *store;
    bool has_visitors; /* whether they are counted */
    const struct click_source *sources;
    size_t count;
    struct cut_day *cut_days;
    size_t cut_day_count, cut_day_capacity;
    struct link_day *link_days; /* of the rows under way */
    size_t link_day_count, link_day_capacity;
};

static int stretch_of(const struct click_cuts *cuts, int64_t at_ms)
{
    if (at_ms < cuts->moments_ms[0])
        return BEFORE;
    if (at_ms >= cuts->moments_ms[cuts->count - 1])
        return AFTER;
    size_t low = 0, high = cuts->count - 1; /* moments[low] <= at < moments[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (cuts->moments_ms[middle] <= at_ms)
            low = middle;
        else
            high = middle;
    }
    return (int)low;
}

/* The entry of that row, link and day, if there is one: those of a link and day are noted in a row. */
static struct link_day *find_link_day(struct batch *batch, const struct link_day *wanted)
{
    for (size_t i = batch->link_day_count; i > 0; i--) {
        struct link_day *found = &batch->link_days[i - 1];
        if (found->link_id != wanted->link_id || found->day != wanted->day)
            break;
        if (found->row == wanted->row)
            return found;
    }
    return NULL;
}

static int note_visitors(struct batch *batch, const struct link_day *more)
{
    struct link_day *known = find_link_day(batch, more);
    if (known) {
        known->humans += more->humans;
        return JALON_OK;
    }
    int err = array_reserve((void **)&batch->link_days, &batch->link_day_capacity,
                            batch->link_day_count + 1, sizeof *batch->link_days);
    if (err == JALON_OK)
        batch->link_days[batch->link_day_count++] = *more;
    return err;
}

static int add_clicks(struct batch *batch, size_t source, int stretch, int32_t day,
                      enum click_class class, int64_t count)
{
    const struct click_source *to = &batch->sources[source];
    if (stretch == BEFORE || stretch == AFTER)
        return JALON_OK;
    size_t row = to->is_row_stretch ? (size_t)stretch : 0;
    if (class != CLICK_HUMAN) {
        to->invalid[row * CLICK_CLASS_COUNT + class] += count;
        return JALON_OK;
    }
    to->humans[stretch] += count;
    if (!batch->has_visitors)
        return JALON_OK;
    const struct link_day more = {
        .row = to->row + row, .link_id = to->link_id, .day = day, .humans = count};
    return note_visitors(batch, &more);
}

/* A day's fields come one by one, in any order: the day is noted at each, and sorted out later. */
static int note_cut_day(struct batch *batch, size_t source, int32_t day)
{
    int err = array_reserve((void **)&batch->cut_days, &batch->cut_day_capacity,
                            batch->cut_day_count + 1, sizeof *batch->cut_days);
    if (err == JALON_OK)
        batch->cut_days[batch->cut_day_count++] = (struct cut_day){source, day};
    return err;
}

/* Does the day lie in more than one stretch? */
static bool is_cut(const struct click_cuts *cuts, int64_t day)
{
    return stretch_of(cuts, day * DAY_MS) != stretch_of(cuts, day * DAY_MS + DAY_MS - 1);
}

static int visit_day(void *context, size_t source, int32_t day, enum click_class class,
                     int64_t count)
{
    struct batch *batch = context;
    const struct click_cuts *cuts = &batch->sources[source].cuts;
    if (is_cut(cuts, day))
        return note_cut_day(batch, source, day);
    return add_clicks(batch, source, stretch_of(cuts, day * DAY_MS), day, class, count);
}

static int visit_quarter(void *context, size_t index, unsigned quarter, enum click_class class,
                         int64_t count)
{
    struct batch *batch = context;
    const struct cut_day *cut = &batch->cut_days[index];
    int64_t at_ms = cut->day * DAY_MS + quarter * QUARTER_MS;
    int stretch = stretch_of(&batch->sources[cut->source].cuts, at_ms);
    return add_clicks(batch, cut->source, stretch, cut->day, class, count);
}

struct day_range {
    int64_t first, last; /* none when last is below first */
};

static void widen(struct day_range *range, int64_t first, int64_t last)
{
    range->first = first < range->first ? first : range->first;
    range->last = last > range->last ? last : range->last;
}

/* The days of a batch's sources, of those that have clicks. */
static struct day_range days_of(const struct batch *batch)
{
    struct day_range range = {STORE_DAY_MAX, 0};
    for (size_t i = 0; i < batch->count; i++) {
        const struct click_cuts *cuts = &batch->sources[i].cuts;
        widen(&range, cuts->moments_ms[0] / DAY_MS,
              (cuts->moments_ms[cuts->count - 1] - 1) / DAY_MS);
    }
    if (range.first < 0)
        range.first = 0;
    if (range.last > STORE_DAY_MAX)
        range.last = STORE_DAY_MAX;
    return range;
}

/* Notes the days of a short range that are cut, source by source: their quarters tell more than the days. Returns from which to which
 * there are others. */
static int note_cut_days(struct batch *batch, struct day_range *range)
{
    struct day_range whole = {STORE_DAY_MAX, -1};
    int err = JALON_OK;
    for (int64_t day = range->first; day <= range->last; day++)
        for (size_t i = 0; i < batch->count && !err; i++) {
            if (is_cut(&batch->sources[i].cuts, day))
                err = note_cut_day(batch, i, (int32_t)day);
            else
                widen(&whole, day, day);
        }
    *range = whole;
    return err;
}

static int read_days(struct batch *batch)
{
    uint64_t link_ids[SOURCES_A_BATCH];
    struct day_range range = days_of(batch);
    int err = range.last - range.first < STORE_FEW_DAYS ? note_cut_days(batch, &range) : JALON_OK;
    for (size_t i = 0; i < batch->count; i++)
        link_ids[i] = batch->sources[i].link_id;
    if (err || range.last < range.first)
        return err;
    return store_days_each(batch->store, link_ids, batch->count, (int32_t)range.first,
                           (int32_t)range.last, visit_day, batch);
}

static int by_source_and_day(const void *a, const void *b)
{
    const struct cut_day *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

static int read_quarters(struct batch *batch)
{
    size_t count = array_sort_once(batch->cut_days, batch->cut_day_count, sizeof *batch->cut_days,
                                   by_source_and_day);
    struct day_of_link *days = reallocarray(NULL, count + 1, sizeof *days);
    if (!days)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct cut_day *cut = &batch->cut_days[i];
        days[i] = (struct day_of_link){batch->sources[cut->source].link_id, cut->day};
    }
    int err = store_quarters_each(batch->store, days, count, visit_quarter, batch);
    free(days);
    return err;
}

static int read_batch(struct batch *batch)
{
    batch->cut_day_count = 0;
    int err = read_days(batch);
    return err ? err : read_quarters(batch);
}

static int count_visitors(struct batch *batch, int64_t *unique)
{
    size_t count = batch->link_day_count;
    batch->link_day_count = 0;
    return batch->has_visitors ? visitors_count(batch->store, batch->link_days, count, unique)
                               : JALON_OK;
}

/* How many of `sources` make the next batch: whole rows, or a part of one that has more than SOURCES_A_BATCH. */
static size_t batch_size(const struct click_source *sources, size_t count)
{
    if (count <= SOURCES_A_BATCH)
        return count;
    size_t whole = SOURCES_A_BATCH;
    while (whole > 0 && sources[whole].row == sources[whole - 1].row)
        whole--;
    return whole ? whole : SOURCES_A_BATCH;
}

int clicks_sum(struct store *store, const struct click_source *sources, size_t count,
               int64_t *unique)
{
    struct batch batch = {.store = store, .has_visitors = unique != NULL};
    int err = JALON_OK;
    for (size_t from = 0; from < count && !err;) {
        batch.sources = sources + from;
        batch.count = batch_size(sources + from, count - from);
        from += batch.count;
        err = read_batch(&batch);
        bool is_row_whole = from == count || sources[from].row != sources[from - 1].row;
        if (err == JALON_OK && is_row_whole)
            err = count_visitors(&batch, unique);
    }
    free(batch.cut_days);
    free(batch.link_days);
    return err;
}
