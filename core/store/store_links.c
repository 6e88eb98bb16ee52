/* store_links.c - the links of a campaign: of each partition the set of their ids, then their records. A walk is over all
 * partitions, as from one to the next the server would wait for us, and we for it. */
#include "core/base/array.h"
#include "core/store/store_many.h"
#include "core/store/store_scan.h"

#include <stdlib.h>

struct command { /* for links of one partition */
    size_t first, count;
};

struct many_links {   /* three walks after each other: sizes of sets, members, records */
    struct many many; /* of the one that is under way */
    struct slice campaign;
    unsigned small[SCHEMA_PARTITIONS], large[SCHEMA_PARTITIONS]; /* partitions, by their sets */
    size_t small_count, large_count;
    uint64_t *ids;
    size_t id_count, id_capacity;
    struct command *commands;
    size_t command_capacity;
    record_visit *visit;
    void *context;
};

static struct many_links *links_of(const struct many *many)
{
    return (struct many_links *)many; /* its first member */
}

static void ask_set(struct store *store, const char *command, const struct many_links *links,
                    unsigned partition)
{
    struct key key = key_links_of(partition, links->campaign);
    argument_list_add(store_command(store, command), key_slice(&key));
}

static void ask_size(const struct many *many, size_t partition, struct store *store)
{
    ask_set(store, "SCARD", links_of(many), (unsigned)partition);
}

static int visit_size(const struct many *many, size_t partition, const struct reply *reply)
{
    struct many_links *links = links_of(many);
    int err = store_check(reply, REPLY_INTEGER);
    if (err)
        return err;
    if (reply_integer(reply) < STORE_SCAN_FROM)
        links->small[links->small_count++] = (unsigned)partition;
    else
        links->large[links->large_count++] = (unsigned)partition;
    return JALON_OK;
}

static int keep_id(void *context, struct slice member)
{
    struct many_links *links = context;
    int err = array_reserve((void **)&links->ids, &links->id_capacity, links->id_count + 1,
                            sizeof *links->ids);
    if (!err && link_id_parse(&links->ids[links->id_count], member))
        err = JALON_DAMAGED;
    links->id_count += !err;
    return err;
}

static void ask_members(const struct many *many, size_t index, struct store *store)
{
    ask_set(store, "SMEMBERS", links_of(many), links_of(many)->small[index]);
}

static int visit_members(const struct many *many, size_t index, const struct reply *reply)
{
    (void)index; /* an id tells its partition */
    int err = store_check(reply, REPLY_LIST);
    for (size_t i = 0; !err && i < reply_count(reply); i++)
        err = keep_id(links_of(many), reply_text(reply_at(reply, i)));
    return err;
}

static void ask_records(const struct many *many, size_t index, struct store *store)
{
    const struct many_links *links = links_of(many);
    const uint64_t *ids = links->ids + links->commands[index].first;
    struct key key = key_links(schema_partition(*ids));
    struct argument_list *command = store_command(store, "HMGET");
    argument_list_add(command, key_slice(&key));
    for (size_t i = 0; i < links->commands[index].count; i++) {
        char field[LINK_ID_TEXT + 1];
        link_id_format(field, ids[i]);
        argument_list_add_string(command, field);
    }
}

static int visit_records(const struct many *many, size_t index, const struct reply *reply)
{
    const struct many_links *links = links_of(many);
    const struct command *command = &links->commands[index];
    int err = store_check(reply, REPLY_LIST);
    if (!err && reply_count(reply) != command->count)
        err = JALON_BAD_REPLY;
    for (size_t i = 0; !err && i < command->count; i++) {
        char field[LINK_ID_TEXT + 1];
        link_id_format(field, links->ids[command->first + i]);
        err = record_hand_over(reply_at(reply, i), slice_of_string(field), links->visit,
                               links->context);
    }
    return err;
}

static int read_ids(struct store *store, struct many_links *links)
{
    links->many = (struct many){SCHEMA_PARTITIONS, SCHEMA_PARTITIONS, ask_size, visit_size};
    int err = store_many(store, &links->many);
    if (err)
        return err;
    links->many = (struct many){links->small_count, 1, ask_members, visit_members};
    err = store_many(store, &links->many);
    for (size_t i = 0; !err && i < links->large_count; i++) {
        struct key key = key_links_of(links->large[i], links->campaign);
        err = store_set_each(store, &key, keep_id, links);
    }
    return err;
}

/* Those from `first` on that one command asks for. */
static size_t ids_of_command(const struct many_links *links, size_t first)
{
    size_t end = first + 1;
    while (end < links->id_count && end - first < MANY_FIELDS &&
           schema_partition(links->ids[end]) == schema_partition(links->ids[first]))
        end++;
    return end - first;
}

static int read_records(struct store *store, struct many_links *links)
{
    links->many = (struct many){0, 1, ask_records, visit_records};
    for (size_t at = 0, count; at < links->id_count; at += count) {
        count = ids_of_command(links, at);
        int err = array_reserve((void **)&links->commands, &links->command_capacity,
                                links->many.count + 1, sizeof *links->commands);
        if (err)
            return err;
        links->commands[links->many.count++] = (struct command){at, count};
    }
    return store_many(store, &links->many);
}

int store_links_each(struct store *store, struct slice campaign, record_visit *visit, void *context)
{
    struct many_links links = {.campaign = campaign, .visit = visit, .context = context};
    int err = read_ids(store, &links);
    if (!err)
        err = read_records(store, &links);
    free(links.ids);
    free(links.commands);
    return err;
}
