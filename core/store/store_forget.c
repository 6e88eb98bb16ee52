/* What a record was before: out of the redo log, and out of the server's own as far as it can be asked to. */
#include "core/store/effect.h"
#include "core/store/functions.h"
#include "core/store/reply_error.h"
#include "core/store/store_handle.h"

struct forgetting {
    const struct key *key;
    struct slice field;
    uint64_t version; /* this one stays */
    struct argument_list command;
};

/* Is it jalon_restore of an older version of the record? Arguments: functions.c. */
static bool is_older(void *context, struct slice effect)
{
    struct forgetting *forgetting = context;
    struct argument_list *command = &forgetting->command;
    argument_list_clear(command);
    uint64_t keys, version;
    if (effect_read(command, effect) || command->count < 7 ||
        !slice_is(argument_list_at(command, 1), FUNCTION_RESTORE) ||
        slice_to_u64(&keys, argument_list_at(command, 2), command->count) ||
        command->count < 3 + keys + 3)
        return false;
    size_t field = 3 + (size_t)keys;
    return slice_equal(argument_list_at(command, 3), key_slice(forgetting->key)) &&
           slice_equal(argument_list_at(command, field), forgetting->field) &&
           slice_to_u64(&version, argument_list_at(command, field + 2), UINT64_MAX) == JALON_OK &&
           version < forgetting->version;
}

/* A server that may not, or that is at it already, drops it at the next rewrite of its own. */
static void ask_for_rewrite(struct store *store)
{
    unsigned count = store->client ? client_node_count(store->client) : 0;
    for (unsigned i = 0; i < count; i++) {
        struct reply *reply;
        if (client_say_at(store->client, i, &reply, "BGREWRITEAOF", NULL) == JALON_OK)
            (void)reply_free(reply);
    }
}

int store_forget(struct store *store, const struct key *key, struct slice field)
{
    struct record record = {0};
    int err = store_get(store, &record, key, field);
    if (err)
        return err;
    struct forgetting forgetting = {.key = key, .field = field, .version = record.version};
    record_done(&record);
    argument_list_init(&forgetting.command, STORE_COMMAND_MAX);
    err = redo_rewrite(store->redo, is_older, &forgetting);
    argument_list_done(&forgetting.command);
    if (!err)
        ask_for_rewrite(store);
    return err;
}
