/* An order may overtake its click: the click is in a redirector's journal, and the link it registers is not in the
 * store yet. What it takes is usually some hundredths of a second. */
#include "core/base/clock.h"
#include "core/registry/order.h"

#include <time.h>

#define PAUSE_NS 10000000 /* 10 ms */

struct missing_links {
    size_t count, found;
    uint64_t ids[EVIDENCE_CLICKS_MAX];
};

static int note_missing(struct missing_links *links, struct draft *draft, uint64_t link_id)
{
    char id[LINK_ID_TEXT + 1];
    link_id_format(id, link_id);
    struct key key = key_links(schema_partition(link_id));
    struct slice json;
    int err = draft_get(draft, &key, slice_of(id, LINK_ID_TEXT), &json);
    if (!err && !json.size)
        links->ids[links->count++] = link_id;
    return err;
}

/* The draft goes on to see what it saw: the store is asked. */
static int look_again(struct missing_links *links, struct store *store)
{
    int err = JALON_OK;
    for (size_t i = 0; i < links->count && !err;) {
        char id[LINK_ID_TEXT + 1];
        link_id_format(id, links->ids[i]);
        struct key key = key_links(schema_partition(links->ids[i]));
        struct record record = {0};
        err = store_get(store, &record, &key, slice_of(id, LINK_ID_TEXT));
        bool is_there = !err && record.version != 0;
        if (!err)
            record_done(&record);
        if (!is_there) {
            i++;
            continue;
        }
        links->ids[i] = links->ids[--links->count];
        links->found++;
    }
    return err;
}

int order_await_links(struct draft *draft, struct store *store, const struct order *order,
                      int64_t until_ms)
{
    struct missing_links links = {0};
    int err = JALON_OK;
    for (size_t i = 0; i < order->click_count && !err; i++)
        if (order->clicks[i].is_genuine)
            err = note_missing(&links, draft, order->clicks[i].link_id);
    while (!err && links.count && clock_monotonic_ms() < until_ms) {
        const struct timespec pause = {.tv_nsec = PAUSE_NS};
        (void)nanosleep(&pause, NULL); /* woken early, it looks early */
        err = look_again(&links, store);
    }
    return !err && links.found ? JALON_CONFLICT : err;
}
