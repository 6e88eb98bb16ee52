#include "core/base/clock.h"
#include "core/store/store_handle.h"
#include "core/store/store_run.h"

#include <stdlib.h>

static void copy(char *ret_text, size_t capacity, struct slice text)
{
    if (slice_to_string(ret_text, capacity, text))
        *ret_text = '\0'; /* longer than any that we know */
}

static int ask_info(struct client *client, unsigned node, struct store_health *health)
{
    struct reply *reply;
    int err = client_say_at(client, node, &reply, "INFO", NULL);
    if (err)
        return err;
    struct slice text = reply_text(reply);
    health->is_aof_enabled = slice_is(info_field(text, "aof_enabled"), "1");
    health->is_last_write_ok = slice_is(info_field(text, "aof_last_write_status"), "ok");
    copy(health->maxmemory_policy, sizeof health->maxmemory_policy,
         info_field(text, "maxmemory_policy"));
    copy(health->role, sizeof health->role, info_field(text, "role"));
    if (slice_to_u64(&health->used_bytes, info_field(text, "used_memory"), UINT64_MAX))
        health->used_bytes = 0;
    (void)reply_free(reply);
    return JALON_OK;
}

static int ask_time(struct client *client, unsigned node, struct store_health *health)
{
    struct reply *reply;
    int err = client_say_at(client, node, &reply, "TIME", NULL);
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
static int ask_fsync(struct client *client, unsigned node, struct store_health *health)
{
    struct reply *reply;
    int err = client_say_at(client, node, &reply, "CONFIG", "GET", "appendfsync", NULL);
    if (err)
        return err == JALON_UNAVAILABLE || err == JALON_NO_MEMORY ? err : JALON_OK;
    if (reply_count(reply) == 2)
        copy(health->appendfsync, sizeof health->appendfsync, reply_text(reply_at(reply, 1)));
    (void)reply_free(reply);
    return JALON_OK;
}

static int ask_node(struct client *client, unsigned node, struct store_health *ret_health)
{
    struct store_health health = {0};
    int err = ask_info(client, node, &health);
    if (!err)
        err = ask_time(client, node, &health);
    if (!err)
        err = ask_fsync(client, node, &health);
    if (!err)
        *ret_health = health;
    return err;
}

/* The greater, the more is at stake. */
static int badness(const struct store_health *health)
{
    if (*health->maxmemory_policy && strcmp(health->maxmemory_policy, "noeviction") != 0)
        return 5;
    if (*health->role && strcmp(health->role, "master") != 0)
        return 4;
    if (!health->is_aof_enabled)
        return 2;
    if (!health->is_last_write_ok)
        return 3;
    return strcmp(health->appendfsync, "no") == 0;
}

static void take_worse(struct store_health *worst, const struct store_health *health)
{
    int64_t now_ms = clock_wall_ms(), server_ms = worst->server_ms;
    uint64_t used_bytes = worst->used_bytes + health->used_bytes;
    if (llabs(health->server_ms - now_ms) > llabs(server_ms - now_ms))
        server_ms = health->server_ms;
    if (badness(health) > badness(worst))
        *worst = *health;
    worst->server_ms = server_ms;
    worst->used_bytes = used_bytes;
}

int store_health(struct store *store, struct store_health *ret_health)
{
    struct store_health worst = {0};
    int err = store_ready(store);
    unsigned count = err ? 0 : client_primary_count(store->client);
    for (unsigned i = 0; !err && i < count; i++) {
        struct store_health health;
        err = ask_node(store->client, i, &health);
        if (!err && store->map && badness(&health))
            cluster_node_describe(&client_map(store->client)->nodes[i], health.node);
        if (!err && i > 0)
            take_worse(&worst, &health);
        else if (!err)
            worst = health;
    }
    if (err == JALON_UNAVAILABLE)
        store_disconnect(store);
    if (!err)
        *ret_health = worst;
    return err;
}
