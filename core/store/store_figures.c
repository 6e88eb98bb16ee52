#include "core/store/store_many.h"
#include "core/store/store_scan.h"

#define LIST_PIECE 16 /* packs of up to 200 KB */
#define KEYS_A_PIECE 32

struct member_walk {
    member_visit *visit;
    void *context;
};

static int visit_member(void *context, const struct reply *items, size_t at)
{
    const struct member_walk *walk = context;
    return walk->visit(walk->context, reply_text(reply_at(items, at)));
}

int store_set_each(struct store *store, const struct key *key, member_visit *visit, void *context)
{
    struct member_walk walk = {visit, context};
    struct store_scan scan = {"SCARD", "SMEMBERS", "SSCAN", 1, visit_member, &walk};
    return store_scan_each(store, key, &scan);
}

/* One command on each of many keys. */
struct many_keys {
    struct many many;
    const struct key *keys;
    const char *command;
    const char *tail; /* further arguments, one word each; NULL: none */
    counter_visit *visit;
    void *context;
};

static const struct many_keys *keys_of(const struct many *many)
{
    return (const struct many_keys *)many; /* its first member */
}

static void ask_key(const struct many *many, size_t index, struct store *store)
{
    const struct many_keys *keys = keys_of(many);
    struct argument_list *command = store_command(store, keys->command);
    argument_list_add(command, key_slice(&keys->keys[index]));
    struct slice tail = slice_of_string(keys->tail);
    while (tail.size)
        argument_list_add(command, slice_take(&tail, ' '));
}

static int visit_counter(const struct many *many, size_t index, struct slice field,
                         const struct reply *reply)
{
    const struct many_keys *keys = keys_of(many);
    uint64_t count;
    if (slice_to_u64(&count, reply_text(reply), INT64_MAX))
        return JALON_DAMAGED;
    return keys->visit(keys->context, index, field, (int64_t)count);
}

static int visit_counters(const struct many *many, size_t index, const struct reply *reply)
{
    int err = store_check(reply, REPLY_LIST);
    for (size_t i = 0; !err && i + 2 <= reply_count(reply); i += 2)
        err = visit_counter(many, index, reply_text(reply_at(reply, i)), reply_at(reply, i + 1));
    return err;
}

int store_counters_each(struct store *store, const struct key *keys, size_t count,
                        counter_visit *visit, void *context)
{
    struct many_keys many = {
        .many = {count, KEYS_A_PIECE, ask_key, visit_counters},
        .keys = keys,
        .command = "HGETALL",
        .visit = visit,
        .context = context,
    };
    return store_many(store, &many.many);
}

static int visit_size(const struct many *many, size_t index, const struct reply *reply)
{
    int err = store_check(reply, REPLY_INTEGER);
    if (!err)
        ((uint64_t *)keys_of(many)->context)[index] = (uint64_t)reply_integer(reply);
    return err;
}

int store_counted(struct store *store, uint64_t *ret_counts, const struct key *keys, size_t count)
{
    struct many_keys many = {
        .many = {count, KEYS_A_PIECE, ask_key, visit_size},
        .keys = keys,
        .command = "ZCOUNT",
        .tail = "0 0",
        .context = ret_counts,
    };
    return store_many(store, &many.many);
}

int store_list_sizes(struct store *store, uint64_t *ret_sizes, const struct key *keys, size_t count)
{
    struct many_keys many = {
        .many = {count, KEYS_A_PIECE, ask_key, visit_size},
        .keys = keys,
        .command = "LLEN",
        .context = ret_sizes,
    };
    return store_many(store, &many.many);
}

static int list_piece(struct store *store, const struct key *key, uint64_t start,
                      const struct member_walk *walk, size_t *ret_count)
{
    struct argument_list *command = store_command(store, "LRANGE");
    argument_list_add(command, key_slice(key));
    argument_list_add_u64(command, start);
    argument_list_add_u64(command, start + LIST_PIECE - 1);
    struct reply *reply;
    int err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_LIST);
    *ret_count = reply_count(reply);
    for (size_t i = 0; !err && i < *ret_count; i++)
        err = walk->visit(walk->context, reply_text(reply_at(reply, i)));
    (void)reply_free(reply);
    return err;
}

int store_list_each(struct store *store, const struct key *key, member_visit *visit, void *context)
{
    struct member_walk walk = {visit, context};
    size_t count = LIST_PIECE;
    int err = store_ready(store);
    for (uint64_t start = 0; !err && count == LIST_PIECE; start += LIST_PIECE)
        err = list_piece(store, key, start, &walk, &count);
    return err;
}
