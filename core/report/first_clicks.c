#include "core/report/first_clicks.h"
#include "core/store/store.h"

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)
#define LINKS_A_READ 128

/* A read: of the first days, then of the first quarters of those. */
struct search {
    struct store *store;
    bool is_human_only;
    struct first_click *links[LINKS_A_READ]; /* whose days they are */
    struct day_of_link days[LINKS_A_READ];
    size_t count;
};

static void note(const struct search *search, struct first_click *link, int64_t at_ms,
                 enum click_class class, int64_t count)
{
    bool is_looked_for = count > 0 && (class == CLICK_HUMAN || !search->is_human_only);
    if (is_looked_for && at_ms < link->at_ms)
        link->at_ms = at_ms;
}

static int visit_day(void *context, size_t index, int32_t day, enum click_class class,
                     int64_t count)
{
    const struct search *search = context;
    note(search, search->links[index], day * DAY_MS, class, count);
    return JALON_OK;
}

static int visit_quarter(void *context, size_t index, unsigned quarter, enum click_class class,
                         int64_t count)
{
    const struct search *search = context;
    note(search, search->links[index], search->days[index].day * DAY_MS + quarter * QUARTER_MS,
         class, count);
    return JALON_OK;
}

static int read_days(struct search *search, struct first_click *links, size_t count)
{
    uint64_t link_ids[LINKS_A_READ];
    for (size_t i = 0; i < count; i++) {
        links[i].at_ms = NEVER_MS;
        search->links[i] = &links[i];
        link_ids[i] = links[i].link_id;
    }
    return store_days_each(search->store, link_ids, count, 0, STORE_DAY_MAX, visit_day, search);
}

static int read_quarters(struct search *search, struct first_click *links, size_t count)
{
    search->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (links[i].at_ms == NEVER_MS)
            continue;
        int32_t day = (int32_t)(links[i].at_ms / DAY_MS);
        links[i].at_ms = NEVER_MS; /* until a quarter is found */
        search->links[search->count] = &links[i];
        search->days[search->count++] = (struct day_of_link){links[i].link_id, day};
    }
    return store_quarters_each(search->store, search->days, search->count, visit_quarter, search);
}

int first_clicks_find(struct store *store, struct first_click *links, size_t count,
                      bool is_human_only)
{
    struct search search = {.store = store, .is_human_only = is_human_only};
    int err = JALON_OK;
    for (size_t from = 0; from < count && !err; from += LINKS_A_READ) {
        size_t part = count - from < LINKS_A_READ ? count - from : LINKS_A_READ;
        err = read_days(&search, links + from, part);
        if (err == JALON_OK)
            err = read_quarters(&search, links + from, part);
    }
    return err;
}
