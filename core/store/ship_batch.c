/* The layout of the command: jalon_ship in functions.c. Raw clicks keep the journal's order and are packed by day;
 * what is counted is sorted first (ship_tally.c). */
#include "core/store/ship_batch.h"

#include "core/base/array.h"
#include "core/store/click_pack.h"
#include "core/store/functions.h"
#include "core/store/ship_tally.h"
#include "core/store/store_seal.h"
#include "core/traffic/click_class.h"

#include <stdlib.h>

#define TEXT_MAX (64U << 20)

struct portable_link { /* in `text` of the batch */
    uint64_t link_id;
    size_t campaign, campaign_size, json, json_size;
};

struct ship_batch {
    unsigned partition;
    char incarnation[LINK_ID_TEXT + 1];
    struct click_record *clicks; /* `source` of each points into its row of `sources` */
    char (*sources)[CLICK_SOURCE_MAX];
    size_t click_count, click_capacity;
    struct portable_link links[SHIP_BATCH_LINKS_MAX];
    size_t link_count;
    struct buffer text; /* campaigns and records of links */
    /* The command, in pieces that follow each other. */
    struct argument_list front, keys, late_keys, head, groups, late_groups;
};

int ship_batch_new(struct ship_batch **ret_batch, unsigned partition, uint64_t incarnation)
{
    struct ship_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return JALON_NO_MEMORY;
    batch->partition = partition;
    link_id_format(batch->incarnation, incarnation);
    buffer_init(&batch->text, TEXT_MAX);
    argument_list_init(&batch->front, TEXT_MAX);
    argument_list_init(&batch->keys, TEXT_MAX);
    argument_list_init(&batch->late_keys, TEXT_MAX);
    argument_list_init(&batch->head, TEXT_MAX);
    argument_list_init(&batch->groups, TEXT_MAX);
    argument_list_init(&batch->late_groups, TEXT_MAX);
    *ret_batch = batch;
    return JALON_OK;
}

struct ship_batch *ship_batch_free(struct ship_batch *batch)
{
    if (!batch)
        return NULL;
    free(batch->clicks);
    free(batch->sources);
    buffer_done(&batch->text);
    argument_list_done(&batch->front);
    argument_list_done(&batch->keys);
    argument_list_done(&batch->late_keys);
    argument_list_done(&batch->head);
    argument_list_done(&batch->groups);
    argument_list_done(&batch->late_groups);
    free(batch);
    return NULL;
}

void ship_batch_clear(struct ship_batch *batch)
{
    batch->click_count = 0;
    batch->link_count = 0;
    buffer_clear(&batch->text);
}

size_t ship_batch_count(const struct ship_batch *batch)
{
    return batch->click_count + batch->link_count;
}

static int grow(struct ship_batch *batch)
{
    size_t of_clicks = batch->click_capacity, of_sources = of_clicks;
    int err = array_reserve((void **)&batch->clicks, &of_clicks, batch->click_count + 1,
                            sizeof *batch->clicks);
    if (!err)
        err = array_reserve((void **)&batch->sources, &of_sources, batch->click_count + 1,
                            sizeof *batch->sources);
    if (err)
        return err;
    batch->click_capacity = of_sources;
    for (size_t i = 0; i < batch->click_count; i++)
        batch->clicks[i].source.data = batch->sources[i];
    return JALON_OK;
}

static bool is_click_of(const struct ship_batch *batch, const struct click_record *click)
{
    return schema_partition(click->link_id) == batch->partition && click->class >= 1 &&
           click->class <= CLICK_CLASS_MAX && click->source.size <= CLICK_SOURCE_MAX;
}

int ship_batch_add_click(struct ship_batch *batch, const struct click_record *click)
{
    if (!is_click_of(batch, click))
        return JALON_BAD_ARGUMENT;
    if (batch->click_count == SHIP_BATCH_CLICKS_MAX)
        return JALON_FULL;
    if (batch->click_count == batch->click_capacity) {
        int err = grow(batch);
        if (err)
            return err;
    }
    size_t at = batch->click_count++;
    batch->clicks[at] = *click;
    batch->clicks[at].source.data = batch->sources[at];
    if (click->source.size)
        memcpy(batch->sources[at], click->source.data, click->source.size);
    return JALON_OK;
}

int ship_batch_add_link(struct ship_batch *batch, uint64_t link_id, struct slice campaign,
                        struct slice json)
{
    if (schema_partition(link_id) != batch->partition)
        return JALON_BAD_ARGUMENT;
    if (batch->link_count == SHIP_BATCH_LINKS_MAX)
        return JALON_FULL;
    struct portable_link *link = &batch->links[batch->link_count];
    *link = (struct portable_link){link_id, batch->text.size, campaign.size,
                                   batch->text.size + campaign.size, json.size};
    buffer_append(&batch->text, campaign);
    buffer_append(&batch->text, json);
    if (buffer_error(&batch->text))
        return buffer_error(&batch->text);
    batch->link_count++;
    return JALON_OK;
}

static void add_key(struct argument_list *keys, struct key key)
{
    argument_list_add(keys, key_slice(&key));
}

static int32_t click_day(const struct click_record *click)
{
    return tally_day(tally_quarter(click->at_ms));
}

/* The key that they are merged through stands before those of the groups. */
static void add_late(struct ship_batch *batch, const struct tally *tallies, size_t count,
                     int32_t recent_day)
{
    struct argument_list *keys = &batch->late_keys;
    add_key(keys, key_sealing(batch->partition));
    if (!tally_add_late_visitors(keys, &batch->late_groups, tallies, count, recent_day))
        argument_list_clear(keys);
}

static int add_counted(struct ship_batch *batch, int32_t recent_day, size_t *ret_counters,
                       size_t *ret_visitors)
{
    size_t count = batch->click_count;
    struct tally *tallies = calloc(count + 1, sizeof *tallies);
    if (!tallies)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct click_record *click = &batch->clicks[i];
        tallies[i] = (struct tally){.link_id = click->link_id,
                                    .visitor = click->visitor,
                                    .quarter = tally_quarter(click->at_ms),
                                    .class = click->class};
    }
    tally_sort(tallies, count);
    *ret_counters = tally_add_counters(&batch->keys, &batch->groups, tallies, count);
    *ret_visitors = tally_add_visitors(&batch->keys, &batch->groups, tallies, count, recent_day);
    add_late(batch, tallies, count, recent_day);
    free(tallies);
    return JALON_OK;
}

/* The first day among the clicks that is later than `after`; INT32_MAX when there is none. */
static int32_t next_day(const struct ship_batch *batch, int32_t after)
{
    int32_t day = INT32_MAX;
    for (size_t i = 0; i < batch->click_count; i++) {
        int32_t of_click = click_day(&batch->clicks[i]);
        if (of_click > after && of_click < day)
            day = of_click;
    }
    return day;
}

static int add_pack(struct ship_batch *batch, int32_t day, struct click_record *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->click_count; i++)
        if (click_day(&batch->clicks[i]) == day)
            scratch[count++] = batch->clicks[i];
    add_key(&batch->keys, key_clicks(batch->partition, day));
    int err = click_pack_write(argument_list_start(&batch->groups), scratch, count);
    argument_list_end(&batch->groups);
    return err;
}

static int add_packs(struct ship_batch *batch, size_t *ret_packs)
{
    struct click_record *scratch = calloc(batch->click_count + 1, sizeof *scratch);
    if (!scratch)
        return JALON_NO_MEMORY;
    int err = JALON_OK;
    size_t packs = 0;
    for (int32_t day = next_day(batch, -1); !err && day != INT32_MAX; day = next_day(batch, day)) {
        err = add_pack(batch, day, scratch);
        packs++;
    }
    free(scratch);
    *ret_packs = packs;
    return err;
}

static void add_links(struct ship_batch *batch)
{
    for (size_t i = 0; i < batch->link_count; i++) {
        const struct portable_link *link = &batch->links[i];
        struct slice campaign = slice_of(batch->text.data + link->campaign, link->campaign_size);
        add_key(&batch->keys, key_links_of(batch->partition, campaign));
        char link_id[LINK_ID_TEXT + 1];
        link_id_format(link_id, link->link_id);
        argument_list_add(&batch->groups, slice_of(link_id, LINK_ID_TEXT));
        struct buffer *record = argument_list_start(&batch->groups);
        buffer_append_string(record, "1 ");
        buffer_append(record, slice_of(batch->text.data + link->json, link->json_size));
        argument_list_end(&batch->groups);
    }
}

static void add_gap(struct ship_batch *batch, int64_t gap_ms)
{
    struct buffer *text = argument_list_start(&batch->head);
    bool is_known = batch->click_count && batch->clicks[0].at_ms > 0;
    if (gap_ms)
        buffer_append_u64(text, (uint64_t)(is_known ? batch->clicks[0].at_ms : gap_ms));
    argument_list_end(&batch->head);
}

static void start(struct ship_batch *batch, uint64_t from, uint64_t to, int64_t gap_ms)
{
    argument_list_clear(&batch->front);
    argument_list_clear(&batch->keys);
    argument_list_clear(&batch->late_keys);
    argument_list_clear(&batch->head);
    argument_list_clear(&batch->groups);
    argument_list_clear(&batch->late_groups);
    add_key(&batch->keys, key_positions(batch->partition));
    add_key(&batch->keys, key_gaps(batch->partition));
    add_key(&batch->keys, key_links(batch->partition));
    add_key(&batch->keys, key_sealing_until(batch->partition));
    argument_list_add_string(&batch->head, batch->incarnation);
    argument_list_add_u64(&batch->head, from);
    argument_list_add_u64(&batch->head, to);
    add_gap(batch, gap_ms);
}

int ship_batch_command(struct ship_batch *batch, uint64_t from, uint64_t to, int64_t gap_ms,
                       int64_t now_ms, int *ret_argc, const char ***ret_argv,
                       const size_t **ret_argv_sizes)
{
    start(batch, from, to, gap_ms);
    size_t counters, visitors, packs;
    int err = add_counted(batch, seal_recent_day(now_ms), &counters, &visitors);
    if (err)
        return err;
    err = add_packs(batch, &packs);
    if (err)
        return err;
    add_links(batch);
    argument_list_add_u64(&batch->head, counters);
    argument_list_add_u64(&batch->head, visitors);
    argument_list_add_u64(&batch->head, packs);
    argument_list_add_u64(&batch->head, batch->link_count);
    argument_list_add_u64(&batch->head, (uint64_t)next_day(batch, -1));
    argument_list_add_string(&batch->front, "FCALL");
    argument_list_add_string(&batch->front, FUNCTION_SHIP);
    argument_list_add_u64(&batch->front, batch->keys.count + batch->late_keys.count);
    struct argument_list *const pieces[] = {&batch->front, &batch->keys,   &batch->late_keys,
                                            &batch->head,  &batch->groups, &batch->late_groups};
    return argument_lists_argv(pieces, sizeof pieces / sizeof *pieces, ret_argc, ret_argv,
                               ret_argv_sizes);
}

int ship_reply_read(struct ship_reply *ret_reply, const long long *values, size_t count)
{
    bool is_valid =
        count == 3 && (values[0] == 0 || values[0] == 1) && values[1] >= 0 && values[2] >= 0;
    if (!is_valid)
        return JALON_BAD_REPLY;
    *ret_reply = (struct ship_reply){
        .is_applied = values[0] == 1,
        .position = (uint64_t)values[1],
        .failures = (uint64_t)values[2],
    };
    return JALON_OK;
}
