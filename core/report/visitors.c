#include "core/report/visitors.h"
#include "core/report/hll.h"
#include "core/store/store.h"

#include <stdlib.h>

#define KEYS_A_READ 8192

/* Links of one row and day follow each other; their union is counted when the next row or day comes, or at
 * the end. A read may end within such a group. */
struct counting {
    struct store *store;
    const struct link_day *days;
    int64_t *unique;
    struct hll hll;
    const struct link_day *group; /* a link of the group in hll; NULL: none yet */
    int64_t humans;               /* of the group */
    struct key keys[KEYS_A_READ];
    const struct link_day *asked[KEYS_A_READ]; /* whose keys they are */
    size_t asked_count;
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

static void end_group(struct counting *counting)
{
    if (!counting->group)
        return;
    int64_t visitors = (int64_t)hll_count(&counting->hll);
    if (visitors < 1)
        visitors = 1; /* someone clicked */
    if (visitors > counting->humans)
        visitors = counting->humans;
    counting->unique[counting->group->row] += visitors;
    counting->group = NULL;
    counting->humans = 0;
    hll_clear(&counting->hll);
}

static bool is_same_group(const struct link_day *a, const struct link_day *b)
{
    return a->row == b->row && a->day == b->day;
}

static int visit_visitors(void *context, size_t index, struct slice value)
{
    struct counting *counting = context;
    const struct link_day *day = counting->asked[index];
    if (counting->group && !is_same_group(counting->group, day))
        end_group(counting);
    counting->group = day;
    counting->humans += day->humans;
    return hll_merge(&counting->hll, value);
}

static int ask(struct counting *counting)
{
    int err = store_strings_each(counting->store, counting->keys, counting->asked_count,
                                 visit_visitors, counting);
    counting->asked_count = 0;
    return err;
}

/* Asks for day `at`, unless it needs no answer: a single click of its row and day. */
static int take(struct counting *counting, size_t at, size_t count)
{
    const struct link_day *day = &counting->days[at];
    bool is_alone = (at == 0 || !is_same_group(day - 1, day)) &&
                    (at + 1 == count || !is_same_group(day, day + 1));
    if (is_alone && day->humans == 1) {
        counting->unique[day->row]++;
        return JALON_OK;
    }
    if (counting->asked_count == KEYS_A_READ) {
        int err = ask(counting);
        if (err)
            return err;
    }
    counting->asked[counting->asked_count] = day;
    counting->keys[counting->asked_count++] = key_visitors(day->link_id, day->day);
    return JALON_OK;
}

int visitors_count(struct store *store, struct link_day *days, size_t count, int64_t *unique)
{
    struct counting *counting = malloc(sizeof *counting);
    if (!counting)
        return JALON_NO_MEMORY;
    counting->store = store;
    counting->days = days;
    counting->unique = unique;
    counting->group = NULL;
    counting->humans = 0;
    counting->asked_count = 0;
    hll_init(&counting->hll);

    int err = JALON_OK;
    count = put_in_order(days, count);
    for (size_t i = 0; i < count && !err; i++)
        err = take(counting, i, count);
    if (err == JALON_OK)
        err = ask(counting);
    if (err == JALON_OK)
        end_group(counting);
    free(counting);
    return err;
}
