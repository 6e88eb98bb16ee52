/* store_visitors.c - a link's visitors of a day, where they are: store_seal.c. Of each link first its own keys are asked for,
 * then its blocks. What is sealed in between is found twice, which a union does not mind; the other way round it
 * would not be found at all. */
#include "core/base/array.h"
#include "core/store/store_many.h"

#include <stdlib.h>

#define BLOCKS_A_PIECE 16 /* some KB each */
#define NAMED_A_PIECE 64  /* some days' */
#define DAYS_BY_NAME 7    /* for more of them the whole block costs less, which has 32 at most */

static void ask_until(const struct many *many, size_t partition, struct store *store)
{
    (void)many; /* each partition has one */
    struct key key = key_sealed_until((unsigned)partition);
    argument_list_add(store_command(store, "GET"), key_slice(&key));
}

struct until_days {
    struct many many;
    int32_t *days;
};

static int visit_until(const struct many *many, size_t partition, const struct reply *reply)
{
    const struct until_days *until = (const struct until_days *)many; /* its first member */
    uint64_t day;
    until->days[partition] = -1;
    if (reply_kind(reply) == REPLY_NIL)
        return JALON_OK;
    int err = store_check(reply, REPLY_TEXT);
    if (err)
        return err;
    if (slice_to_u64(&day, reply_text(reply), INT32_MAX - 1))
        return JALON_DAMAGED;
    until->days[partition] = (int32_t)day;
    return JALON_OK;
}

int store_sealed_until(struct store *store, int32_t ret_days[SCHEMA_PARTITIONS])
{
    struct until_days until = {
        .many = {SCHEMA_PARTITIONS, SCHEMA_PARTITIONS, ask_until, visit_until},
        .days = ret_days,
    };
    return store_many(store, &until.many);
}

struct command { /* for some days of a link */
    uint64_t link_id;
    size_t first, count; /* in the caller's days */
    bool is_own;         /* their own keys; else their block */
};

struct many_visitors {
    struct many many;
    const int32_t *days;
    struct command *commands;
    size_t capacity;
    visitors_visit *visit;
    void *context;
};

static const struct many_visitors *visitors_of(const struct many *many)
{
    return (const struct many_visitors *)many; /* its first member */
}

static void ask_visitors(const struct many *many, size_t index, struct store *store)
{
    const struct command *command = &visitors_of(many)->commands[index];
    const int32_t *days = visitors_of(many)->days + command->first;
    bool is_whole = !command->is_own && command->count > DAYS_BY_NAME;
    struct argument_list *list = store_command(store, command->is_own ? "MGET"
                                                      : is_whole      ? "HGETALL"
                                                                      : "HMGET");
    struct key key = key_sealed_visitors(command->link_id, days[0]);
    if (!command->is_own)
        argument_list_add(list, key_slice(&key));
    for (size_t i = 0; !is_whole && i < command->count; i++) {
        if (!command->is_own) {
            argument_list_add_u64(list, (uint64_t)days[i]);
            continue;
        }
        key = key_visitors(command->link_id, days[i]);
        argument_list_add(list, key_slice(&key));
    }
}

static int visit_one(const struct many_visitors *visitors, size_t at, const struct reply *reply)
{
    struct slice value = reply_text(reply);
    return value.size ? visitors->visit(visitors->context, at, value) : JALON_OK;
}

static int visit_named(const struct many_visitors *visitors, const struct command *command,
                       const struct reply *reply)
{
    if (reply_count(reply) != command->count)
        return JALON_BAD_REPLY;
    int err = JALON_OK;
    for (size_t i = 0; !err && i < command->count; i++)
        err = visit_one(visitors, command->first + i, reply_at(reply, i));
    return err;
}

/* The fields mostly come in the order of their days, as the wanted ones do. */
static int visit_whole(const struct many_visitors *visitors, const struct command *command,
                       const struct reply *reply)
{
    const int32_t *days = visitors->days + command->first;
    size_t at = 0;
    int err = JALON_OK;
    for (size_t i = 0; !err && i + 2 <= reply_count(reply); i += 2) {
        uint64_t day;
        if (slice_to_u64(&day, reply_text(reply_at(reply, i)), INT32_MAX))
            return JALON_DAMAGED;
        if (at == command->count || days[at] > (int32_t)day)
            at = 0;
        while (at < command->count && days[at] < (int32_t)day)
            at++;
        for (size_t j = at; !err && j < command->count && days[j] == (int32_t)day; j++)
            err = visit_one(visitors, command->first + j, reply_at(reply, i + 1));
    }
    return err;
}

static int visit_visitors(const struct many *many, size_t index, const struct reply *reply)
{
    const struct many_visitors *visitors = visitors_of(many);
    const struct command *command = &visitors->commands[index];
    int err = store_check(reply, REPLY_LIST);
    if (err)
        return err;
    return command->is_own || command->count <= DAYS_BY_NAME
               ? visit_named(visitors, command, reply)
               : visit_whole(visitors, command, reply);
}

static int add_command(struct many_visitors *visitors, uint64_t link_id, size_t first, size_t end,
                       bool is_own)
{
    size_t count = visitors->many.count;
    int err = array_reserve((void **)&visitors->commands, &visitors->capacity, count + 1,
                            sizeof *visitors->commands);
    if (err)
        return err;
    visitors->commands[count] = (struct command){link_id, first, end - first, is_own};
    if (end - first > DAYS_BY_NAME)
        visitors->many.piece = BLOCKS_A_PIECE;
    visitors->many.count++;
    return JALON_OK;
}

static int add_commands(struct many_visitors *visitors, const struct visitors_read *read,
                        int32_t until)
{
    const int32_t *days = visitors->days;
    size_t end = read->first + read->count, own = read->first;
    int err = JALON_OK;
    while (own < end && days[own] <= until)
        own++;
    if (own < end)
        err = add_command(visitors, read->link_id, own, end, true);
    for (size_t at = read->first, next = at; !err && at < end; at = next) {
        while (next < end && schema_block(days[next]) == schema_block(days[at]))
            next++;
        err = add_command(visitors, read->link_id, at, next, false);
    }
    return err;
}

int store_visitors_each(struct store *store, const struct visitors_read *reads, size_t count,
                        const int32_t *days, visitors_visit *visit, void *context)
{
    int32_t until[SCHEMA_PARTITIONS];
    struct many_visitors visitors = {
        .many = {0, NAMED_A_PIECE, ask_visitors, visit_visitors},
        .days = days,
        .visit = visit,
        .context = context,
    };
    int err = count ? store_sealed_until(store, until) : JALON_OK;
    for (size_t i = 0; !err && i < count; i++)
        err = add_commands(&visitors, &reads[i], until[schema_partition(reads[i].link_id)]);
    if (!err)
        err = store_many(store, &visitors.many);
    free(visitors.commands);
    return err;
}
