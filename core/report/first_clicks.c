#include "core/report/first_clicks.h"
#include "core/report/clicks.h"
#include "core/store/store.h"

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)
#define QUARTERS_A_DAY 96
#define KEYS_A_READ 128

/* A read: of the first days, then of the first quarters of those. */
struct search {
    struct store *store;
    bool is_human_only, is_of_days;
    struct key keys[KEYS_A_READ];
    struct first_click *links[KEYS_A_READ]; /* whose keys they are */
    int32_t days[KEYS_A_READ];
    size_t count;
};

static int visit_counter(void *context, size_t index, struct slice field, int64_t count)
{
    struct search *search = context;
    struct first_click *link = search->links[index];
    uint64_t number;
    enum click_class class;
    int err = click_field_split(field, search->is_of_days ? INT32_MAX : QUARTERS_A_DAY - 1, &number,
                                &class);
    if (err || count == 0 || (search->is_human_only && class != CLICK_HUMAN))
        return err;
    int64_t at_ms = search->is_of_days
                        ? (int64_t)number * DAY_MS
                        : search->days[index] * DAY_MS + (int64_t)number * QUARTER_MS;
    if (at_ms < link->at_ms)
        link->at_ms = at_ms;
    return JALON_OK;
}

static int read_days(struct search *search, struct first_click *links, size_t count)
{
    search->is_of_days = true;
    for (size_t i = 0; i < count; i++) {
        links[i].at_ms = NEVER_MS;
        search->links[i] = &links[i];
        search->keys[i] = key_days(links[i].link_id);
    }
    return store_counters_each(search->store, search->keys, count, visit_counter, search);
}

static int read_quarters(struct search *search, struct first_click *links, size_t count)
{
    search->is_of_days = false;
    search->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (links[i].at_ms == NEVER_MS)
            continue;
        int32_t day = (int32_t)(links[i].at_ms / DAY_MS);
        links[i].at_ms = NEVER_MS; /* until a quarter is found */
        search->links[search->count] = &links[i];
        search->days[search->count] = day;
        search->keys[search->count++] = key_quarters(links[i].link_id, day);
    }
    return store_counters_each(search->store, search->keys, search->count, visit_counter, search);
}

int first_clicks_find(struct store *store, struct first_click *links, size_t count,
                      bool is_human_only)
{
    struct search search = {.store = store, .is_human_only = is_human_only};
    int err = JALON_OK;
    for (size_t from = 0; from < count && !err; from += KEYS_A_READ) {
        size_t part = count - from < KEYS_A_READ ? count - from : KEYS_A_READ;
        err = read_days(&search, links + from, part);
        if (err == JALON_OK)
            err = read_quarters(&search, links + from, part);
    }
    return err;
}
