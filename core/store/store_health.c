#include "core/store/store_handle.h"
#include "core/store/store_run.h"

static void copy(char *ret_text, size_t capacity, struct slice text)
{
    if (slice_to_string(ret_text, capacity, text))
        *ret_text = '\0'; /* longer than any that we know */
}

static void read_info(struct store_health *health, struct slice text)
{
    health->is_aof_enabled = slice_is(info_field(text, "aof_enabled"), "1");
    health->is_last_write_ok = slice_is(info_field(text, "aof_last_write_status"), "ok");
    copy(health->maxmemory_policy, sizeof health->maxmemory_policy,
         info_field(text, "maxmemory_policy"));
    copy(health->role, sizeof health->role, info_field(text, "role"));
    if (slice_to_u64(&health->used_bytes, info_field(text, "used_memory"), UINT64_MAX))
        health->used_bytes = 0;
}

static int ask_info(struct store *store, struct store_health *health)
{
    (void)store_command(store, "INFO");
    struct reply *reply;
    int err = store_call(store, &reply);
    if (err)
        return err;
    err = store_check(reply, REPLY_TEXT);
    if (!err)
        read_info(health, reply_text(reply));
    (void)reply_free(reply);
    return err;
}

static int ask_time(struct store *store, struct store_health *health)
{
    (void)store_command(store, "TIME");
    struct reply *reply;
    int err = store_call(store, &reply);
    if (err)
        return err;
    uint64_t seconds, microseconds;
    if (reply_count(reply) != 2 ||
        slice_to_u64(&seconds, reply_text(reply_at(reply, 0)), INT32_MAX * 1000LL) ||
        slice_to_u64(&microseconds, reply_text(reply_at(reply, 1)), 999999))
        err = JALON_BAD_REPLY;
    else
        health->server_ms = (int64_t)(seconds * 1000 + microseconds / 1000);
    (void)reply_free(reply);
    return err;
}

/* Managed servers forbid CONFIG: then it is not known. */
static int ask_fsync(struct store *store, struct store_health *health)
{
    struct argument_list *command = store_command(store, "CONFIG");
    argument_list_add_string(command, "GET");
    argument_list_add_string(command, "appendfsync");
    struct reply *reply;
    int err = store_call(store, &reply);
    if (err)
        return err == JALON_UNAVAILABLE || err == JALON_NO_MEMORY ? err : JALON_OK;
    if (reply_count(reply) == 2)
        copy(health->appendfsync, sizeof health->appendfsync, reply_text(reply_at(reply, 1)));
    (void)reply_free(reply);
    return JALON_OK;
}

int store_health(struct store *store, struct store_health *ret_health)
{
    struct store_health health = {0};
    int err = store_ready(store);
    if (!err)
        err = ask_info(store, &health);
    if (!err)
        err = ask_time(store, &health);
    if (!err)
        err = ask_fsync(store, &health);
    if (!err)
        *ret_health = health;
    return err;
}
