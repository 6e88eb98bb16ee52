/* The store's serials; store_put.c has the records. */
#include "core/store/effect.h"
#include "core/store/functions.h"
#include "core/store/store_handle.h"

#define SERIAL_MAX ((uint64_t)1 << 53) /* numbers are doubles in Lua */

static void reserve_command(struct argument_list *command, struct slice name, uint64_t at_least,
                            uint64_t count, uint64_t end)
{
    struct key key = key_serials();
    argument_list_clear(command);
    argument_list_add_string(command, "FCALL");
    argument_list_add_string(command, FUNCTION_RESERVE);
    argument_list_add_u64(command, 1);
    argument_list_add(command, key_slice(&key));
    argument_list_add(command, name);
    argument_list_add_u64(command, at_least);
    argument_list_add_u64(command, count);
    argument_list_add_u64(command, end);
}

/* A Redis that lost its tail, or everything, is brought up to `next` by the replay. */
static int log_mark(struct store *store, struct slice name, uint64_t next)
{
    struct buffer effect;
    buffer_init(&effect, STORE_COMMAND_MAX);
    reserve_command(&store->command, name, next, 0, SERIAL_MAX);
    effect_append(&effect, &store->command);
    int err = buffer_error(&effect);
    struct redo_entry entry = {.effect = buffer_slice(&effect), .mark = name, .mark_value = next};
    bool is_current = true;
    if (!err)
        err = redo_append(store->redo, slice_of_string(store->run), &entry, 1, &is_current);
    if (!err && !is_current)
        err = store_ready_anew(store);
    buffer_done(&effect);
    return err;
}

int store_reserve(struct store *store, uint64_t *ret_first, struct slice name, uint64_t count,
                  uint64_t max)
{
    if (count == 0 || max > SERIAL_MAX || name.size == 0)
        return JALON_BAD_ARGUMENT;
    int err = store_ready(store);
    if (err)
        return err;
    struct reply *reply;
    reserve_command(&store->command, name, 0, count, max);
    err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_INTEGER);
    int64_t first = reply_integer(reply);
    (void)reply_free(reply);
    if (err)
        return err;
    if (first < 0)
        return JALON_FULL;
    err = log_mark(store, name, (uint64_t)first + count);
    if (!err)
        *ret_first = (uint64_t)first;
    return err;
}
