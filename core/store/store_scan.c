#include "core/store/store_scan.h"

#include "core/store/seen_set.h"

#define SCAN_COUNT 1000
#define RESTARTS_MAX 100

static int call(struct store *store, struct reply **ret_reply, enum reply_kind kind)
{
    int err = store_call(store, ret_reply);
    if (err)
        return err;
    err = store_check(*ret_reply, kind);
    if (err)
        (void)reply_free(*ret_reply);
    return err;
}

static int visit_all(const struct reply *items, const struct store_scan *scan)
{
    int err = JALON_OK;
    for (size_t i = 0; !err && i + scan->stride <= reply_count(items); i += scan->stride)
        err = scan->visit(scan->context, items, i);
    return err;
}

static int visit_new(const struct reply *items, const struct store_scan *scan,
                     struct seen_set *seen)
{
    for (size_t i = 0; i + scan->stride <= reply_count(items); i += scan->stride) {
        bool is_new;
        int err = seen_set_add(seen, reply_text(reply_at(items, i)), &is_new);
        if (!err && is_new)
            err = scan->visit(scan->context, items, i);
        if (err)
            return err;
    }
    return JALON_OK;
}

static int size_of_key(struct store *store, const struct key *key, const struct store_scan *scan,
                       int64_t *ret_size)
{
    argument_list_add(store_command(store, scan->size_command), key_slice(key));
    struct reply *reply;
    int err = call(store, &reply, REPLY_INTEGER);
    if (err)
        return err;
    *ret_size = reply_integer(reply);
    (void)reply_free(reply);
    return JALON_OK;
}

static int get_all(struct store *store, const struct key *key, const struct store_scan *scan)
{
    argument_list_add(store_command(store, scan->all_command), key_slice(key));
    struct reply *reply;
    int err = call(store, &reply, REPLY_LIST);
    if (err)
        return err;
    err = visit_all(reply, scan);
    (void)reply_free(reply);
    return err;
}

/* A cursor means something to the server that gave it, and to no other: where another one answers (the key's slot moved,
 * a replica was promoted) the walk begins anew, and passes over what it has seen. */
struct scan_walk {
    char cursor[32];
    uint64_t connects; /* they and the node are those that the cursor is of */
    unsigned node, restarts;
    bool is_over;
    struct seen_set seen;
};

static int take_cursor(struct scan_walk *walk, const struct store *store, struct slice cursor)
{
    unsigned node = client_last_node(store->client);
    bool is_first = strcmp(walk->cursor, "0") == 0;
    bool is_same = is_first || (walk->connects == store->connects && walk->node == node);
    walk->connects = store->connects;
    walk->node = node;
    walk->is_over = is_same && slice_is(cursor, "0");
    if (slice_to_string(walk->cursor, sizeof walk->cursor, is_same ? cursor : SLICE("0")))
        return JALON_BAD_REPLY;
    walk->restarts += !is_same;
    return walk->restarts > RESTARTS_MAX ? JALON_UNAVAILABLE : JALON_OK;
}

static void ask_for_piece(struct store *store, const struct key *key, const struct store_scan *scan,
                          const struct scan_walk *walk)
{
    struct argument_list *command = store_command(store, scan->scan_command);
    argument_list_add(command, key_slice(key));
    argument_list_add_string(command, walk->cursor);
    argument_list_add_string(command, "COUNT");
    argument_list_add_u64(command, SCAN_COUNT);
}

/* The server is at the next piece while this one is looked at. */
static int scan_piece(struct store *store, const struct key *key, const struct store_scan *scan,
                      struct scan_walk *walk)
{
    struct reply *reply;
    int err = call(store, &reply, REPLY_LIST);
    if (err)
        return err;
    err = reply_count(reply) == 2 ? take_cursor(walk, store, reply_text(reply_at(reply, 0)))
                                  : JALON_BAD_REPLY;
    if (!err && !walk->is_over) {
        ask_for_piece(store, key, scan, walk);
        store_send_ahead(store);
    }
    if (!err)
        err = visit_new(reply_at(reply, 1), scan, &walk->seen);
    (void)reply_free(reply);
    return err;
}

static int scan_all(struct store *store, const struct key *key, const struct store_scan *scan)
{
    struct scan_walk walk = {.cursor = "0"};
    int err = JALON_OK;
    ask_for_piece(store, key, scan, &walk);
    while (!err && !walk.is_over)
        err = scan_piece(store, key, scan, &walk);
    store_drop_ahead(store);
    seen_set_done(&walk.seen);
    return err;
}

int store_scan_each(struct store *store, const struct key *key, const struct store_scan *scan)
{
    int64_t size;
    int err = store_ready(store);
    if (!err)
        err = size_of_key(store, key, scan, &size);
    if (err || size == 0)
        return err;
    return size < STORE_SCAN_FROM ? get_all(store, key, scan) : scan_all(store, key, scan);
}
