/* visitors.c - see visitors.h. What is counted is a group: the links of one row and day. The store has a link's days together, so
 * many groups are united at a time, in a slot each: a pass. A row's groups are in one pass where they fit, so that
 * a link is read once for it; rows of few groups share one, as a timeline's do, and with them what is read. */
#include "core/report/visitors.h"
#include "core/base/array.h"
#include "core/report/hll.h"
#include "core/store/store.h"

#include <stdlib.h>

#define SLOTS 128 /* a HyperLogLog's 48 KiB each */

struct slot {
    size_t row;
    int64_t humans;
    struct hll *hll;
};

struct counting {
    int64_t *unique;
    struct link_day *days;
    size_t *pass_ends; /* in `days` */
    size_t pass_count, pass_capacity;
    struct visitors_read *reads;
    size_t read_count, read_capacity;
    size_t pass; /* whose slots are filled now */
    struct slot slots[SLOTS];
    size_t slot_count;
};

static int by_row_day_link(const void *a, const void *b)
{
    const struct link_day *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->link_id > y->link_id) - (x->link_id < y->link_id);
}

static int by_link_and_day(const void *a, const void *b)
{
    const struct link_day *x = a, *y = b;
    if (x->link_id != y->link_id)
        return x->link_id < y->link_id ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

/* Sorts, and makes one of those of the same row, day and link. Returns how many are left. */
static size_t put_in_order(struct link_day *days, size_t count)
{
    if (count == 0)
        return 0;
    qsort(days, count, sizeof *days, by_row_day_link);
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (by_row_day_link(&days[i], &days[kept]) == 0)
            days[kept].humans += days[i].humans;
        else
            days[++kept] = days[i];
    }
    return kept + 1;
}

static bool is_same_group(const struct link_day *a, const struct link_day *b)
{
    return a->row == b->row && a->day == b->day;
}

static size_t group_end(const struct link_day *days, size_t count, size_t at)
{
    size_t end = at + 1;
    while (end < count && is_same_group(&days[at], &days[end]))
        end++;
    return end;
}

/* Counts the groups of a single click, and takes them out. Returns how many days are left. */
static size_t count_single_clicks(struct counting *counting, size_t count)
{
    struct link_day *days = counting->days;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_alone = (kept == 0 || !is_same_group(&days[kept - 1], &days[i])) &&
                        (i + 1 == count || !is_same_group(&days[i], &days[i + 1]));
        if (is_alone && days[i].humans == 1)
            counting->unique[days[i].row]++;
        else
            days[kept++] = days[i];
    }
    return kept;
}

/* The groups of a row from `at` on, SLOTS + 1 for more than a pass takes. */
static size_t groups_of_row(const struct link_day *days, size_t count, size_t at)
{
    size_t groups = 0, row = days[at].row;
    for (; at < count && days[at].row == row && groups <= SLOTS; groups++)
        at = group_end(days, count, at);
    return groups;
}

static int end_pass_at(struct counting *counting, size_t end)
{
    int err = array_reserve((void **)&counting->pass_ends, &counting->pass_capacity,
                            counting->pass_count + 1, sizeof *counting->pass_ends);
    if (!err)
        counting->pass_ends[counting->pass_count++] = end;
    return err;
}

/* Is the group at `at` to begin another pass, when this one has `taken` groups? */
static bool is_pass_over(const struct link_day *days, size_t count, size_t at, size_t taken)
{
    size_t room = SLOTS - taken;
    if (taken == 0 || room == 0)
        return taken != 0;
    if (days[at].row != days[at - 1].row && groups_of_row(days, count, at) > room)
        return true;
    /* A block of the store's is not divided, if need not be. */
    return schema_block(days[at].day) != schema_block(days[at - 1].day) && room < SCHEMA_BLOCK_DAYS;
}

static int make_passes(struct counting *counting, size_t count)
{
    struct link_day *days = counting->days;
    uint32_t taken = 0;
    int err = JALON_OK;
    for (size_t at = 0, end; !err && at < count; at = end, taken++) {
        end = group_end(days, count, at);
        if (is_pass_over(days, count, at, taken)) {
            err = end_pass_at(counting, at);
            taken = 0;
        }
        for (size_t i = at; i < end; i++)
            days[i].slot = taken;
    }
    return err || !count ? err : end_pass_at(counting, count);
}

static int add_reads(struct counting *counting, size_t first, size_t end)
{
    const struct link_day *days = counting->days;
    int err = JALON_OK;
    for (size_t at = first, next; !err && at < end; at = next) {
        for (next = at + 1; next < end && days[next].link_id == days[at].link_id;)
            next++;
        err = array_reserve((void **)&counting->reads, &counting->read_capacity,
                            counting->read_count + 1, sizeof *counting->reads);
        if (!err)
            counting->reads[counting->read_count++] =
                (struct visitors_read){days[at].link_id, at, next - at};
    }
    return err;
}

/* Each pass link by link. */
static int make_reads(struct counting *counting)
{
    int err = JALON_OK;
    for (size_t i = 0, first = 0; !err && i < counting->pass_count; i++) {
        size_t end = counting->pass_ends[i];
        qsort(counting->days + first, end - first, sizeof *counting->days, by_link_and_day);
        err = add_reads(counting, first, end);
        first = end;
    }
    return err;
}

static void begin_pass(struct counting *counting)
{
    size_t first = counting->pass ? counting->pass_ends[counting->pass - 1] : 0;
    counting->slot_count = 0;
    for (size_t i = first; i < counting->pass_ends[counting->pass]; i++) {
        const struct link_day *day = &counting->days[i];
        struct slot *slot = &counting->slots[day->slot];
        for (; counting->slot_count <= day->slot; counting->slot_count++)
            counting->slots[counting->slot_count].humans = 0;
        slot->row = day->row;
        slot->humans += day->humans;
    }
}

static void end_pass(struct counting *counting)
{
    for (size_t i = 0; i < counting->slot_count; i++) {
        struct slot *slot = &counting->slots[i];
        int64_t visitors = (int64_t)hll_count(slot->hll);
        if (visitors < 1)
            visitors = 1; /* someone clicked */
        if (visitors > slot->humans)
            visitors = slot->humans;
        counting->unique[slot->row] += visitors;
        hll_clear(slot->hll);
    }
    if (++counting->pass < counting->pass_count)
        begin_pass(counting);
}

static int visit_visitors(void *context, size_t at, struct slice value)
{
    struct counting *counting = context;
    while (at >= counting->pass_ends[counting->pass])
        end_pass(counting);
    return hll_merge(counting->slots[counting->days[at].slot].hll, value);
}

static int read_visitors(struct store *store, struct counting *counting, int32_t *days)
{
    size_t count = counting->pass_ends[counting->pass_count - 1];
    for (size_t i = 0; i < count; i++)
        days[i] = counting->days[i].day;
    begin_pass(counting);
    int err = store_visitors_each(store, counting->reads, counting->read_count, days,
                                  visit_visitors, counting);
    while (!err && counting->pass < counting->pass_count)
        end_pass(counting);
    return err;
}

/* As many HyperLogLogs as a pass has slots at most. */
static struct hll *make_slots(struct counting *counting, size_t count)
{
    size_t slots = 0;
    for (size_t i = 0; i < count; i++)
        if (counting->days[i].slot >= slots)
            slots = counting->days[i].slot + 1;
    struct hll *hlls = calloc(slots, sizeof *hlls); /* pages that no visitor needs stay untouched */
    for (size_t i = 0; hlls && i < slots; i++) {
        counting->slots[i].hll = &hlls[i];
        hll_clear(&hlls[i]);
    }
    return hlls;
}

static int count_in_passes(struct store *store, struct counting *counting, size_t count)
{
    int err = make_passes(counting, count);
    if (!err)
        err = make_reads(counting);
    if (err)
        return err;
    struct hll *hlls = make_slots(counting, count);
    int32_t *days = reallocarray(NULL, count, sizeof *days);
    err = hlls && days ? read_visitors(store, counting, days) : JALON_NO_MEMORY;
    free(hlls);
    free(days);
    return err;
}

int visitors_count(struct store *store, struct link_day *days, size_t count, int64_t *unique)
{
    struct counting counting = {.unique = unique, .days = days};
    count = count_single_clicks(&counting, put_in_order(days, count));
    int err = count ? count_in_passes(store, &counting, count) : JALON_OK;
    free(counting.pass_ends);
    free(counting.reads);
    return err;
}
