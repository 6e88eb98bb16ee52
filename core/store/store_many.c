#include "core/store/store_many.h"

static int send_piece(struct store *store, const struct many *many, size_t start, size_t count)
{
    int err = JALON_OK;
    for (size_t i = 0; !err && i < count; i++) {
        many->ask(many, start + i, store);
        err = client_send(store->client, &store->command);
    }
    return err ? err : client_flush(store->client);
}

/* *ret_visited: how many; fewer than `count` when no node of a cluster took the next one. */
static int take_piece(struct store *store, const struct many *many, size_t start, size_t count,
                      size_t *ret_visited)
{
    int result = JALON_OK;
    bool was_refused = false;
    *ret_visited = 0;
    for (size_t i = 0; i < count; i++) {
        struct reply *reply;
        int err = client_receive(store->client, &reply);
        if (err)
            return err;
        /* After an error the rest is still taken: the connection goes on to be used. */
        was_refused |= client_was_refused(store->client, reply);
        if (!result && !was_refused) {
            result = many->visit(many, start + i, reply);
            (*ret_visited)++;
        }
        (void)reply_free(reply);
    }
    return result;
}

/* Answers that nobody wants any more, as one before them was an error. */
static int pass_over(struct store *store, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct reply *reply;
        int err = client_receive(store->client, &reply);
        if (err)
            return err;
        (void)reply_free(reply);
    }
    return JALON_OK;
}

static int fill_pipeline(struct store *store, const struct many *many, size_t visited, size_t *sent)
{
    while (*sent < many->count && *sent - visited < MANY_PIECES * many->piece) {
        size_t left = many->count - *sent;
        size_t length = left < many->piece ? left : many->piece;
        int err = send_piece(store, many, *sent, length);
        if (err) {
            store_disconnect(store); /* some went out, some not */
            return err;
        }
        *sent += length;
    }
    return JALON_OK;
}

int store_many(struct store *store, const struct many *many)
{
    unsigned refusals = 0;
    int err = store_ready(store);
    for (size_t visited = 0, sent = 0; !err && visited < many->count;) {
        err = fill_pipeline(store, many, visited, &sent);
        if (err)
            return err;
        size_t taken, under_way = sent - visited;
        size_t length = under_way < many->piece ? under_way : many->piece;
        err = take_piece(store, many, visited, length, &taken);
        visited += taken;
        refusals = taken ? 0 : refusals + 1;
        if (!err && taken == length)
            continue;
        int rest_err = pass_over(store, under_way - length);
        err = err ? err : rest_err;
        if (!err)
            err = refusals < STORE_REFUSALS_MAX ? store_ready(store) : JALON_UNAVAILABLE;
        sent = visited;
    }
    return err;
}
