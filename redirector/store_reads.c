#include "redirector/store_reads.h"

#include "core/store/schema.h"
#include "redirector/campaigns.h"
#include "redirector/keeper.h"
#include "redirector/log.h"
#include "redirector/resolver.h"
#include "redirector/server.h"
#include "redirector/store_nodes.h"
#include "redirector/worker.h"

#include <stdlib.h>

#define CAMPAIGNS_A_PIECE "64" /* parsed in one loop turn */
#define SLUG_MAX 64

struct question { /* about a campaign, on its way */
    struct store_reads *reads;
    size_t size;
    char slug[SLUG_MAX];
};

struct store_reads {
    struct worker *worker;
    struct store_nodes *nodes;
    struct resolver *resolver;
    bool is_walking; /* a piece of all campaigns is on its way */
    bool is_wanted;  /* all of them, (again) from the start */
    bool is_complete;
    bool is_started;      /* the first piece was heard, from: */
    unsigned origin;      /* a cursor means nothing to another server */
    int64_t connected_ms; /* monotonic: when a part of the store could be reached again */
};

int store_reads_new(struct store_reads **ret_reads, struct worker *worker,
                    struct store_nodes *nodes)
{
    struct store_reads *reads = calloc(1, sizeof *reads);
    if (!reads)
        return JALON_NO_MEMORY;
    *reads = (struct store_reads){.worker = worker, .nodes = nodes, .is_wanted = true};
    *ret_reads = reads;
    return JALON_OK;
}

struct store_reads *store_reads_free(struct store_reads *reads)
{
    free(reads);
    return NULL;
}

void store_reads_serve(struct store_reads *reads, struct resolver *resolver)
{
    reads->resolver = resolver;
}

bool store_reads_is_complete(const struct store_reads *reads)
{
    return reads->is_complete;
}

/* The JSON of a record as stored, "VERSION JSON"; empty when it is none. */
static struct slice json_of(struct slice record)
{
    (void)slice_take(&record, ' '); /* the version is for those who write */
    return record;
}

/* An answer that is an error is no answer: the look-up stays open, and is asked again after a reconnect. */
static bool is_answer(const struct store_reads *reads, unsigned home,
                      const struct redis_reply *reply)
{
    if (reply && redis_reply_kind(reply) != REDIS_ERROR)
        return true;
    if (reply)
        store_nodes_break(reads->nodes, home, "it answers with errors");
    return false;
}

/* A store that came back older lacks what the keeper has not put back yet: until the keeper has looked at it, since
 * this connection was made, an absence is no answer. */
static bool is_premature(const struct store_reads *reads, const struct redis_reply *reply)
{
    return redis_reply_kind(reply) == REDIS_NIL &&
           keeper_looked_ms(reads->worker->server->keeper) <= reads->connected_ms;
}

static void hear_link(void *context, uint64_t link_id, const struct redis_reply *reply)
{
    struct store_reads *reads = context;
    if (is_answer(reads, schema_partition(link_id), reply) && !is_premature(reads, reply))
        resolver_hear_link(reads->resolver, link_id, json_of(redis_reply_text(reply)));
    else
        resolver_lose_link(reads->resolver, link_id);
}

int store_reads_ask_link(void *context, uint64_t link_id)
{
    struct store_reads *reads = context;
    unsigned partition = schema_partition(link_id);
    struct key key = key_links(partition);
    char field[LINK_ID_TEXT + 1];
    link_id_format(field, link_id);
    const char *argv[] = {"HGET", key.text, field};
    return store_nodes_send(reads->nodes, partition, 3, argv, NULL, hear_link, reads, link_id);
}

static void hear_campaign(void *context, uint64_t tag, const struct redis_reply *reply)
{
    (void)tag;
    struct question *question = context;
    struct store_reads *reads = question->reads;
    struct slice slug = slice_of(question->slug, question->size);
    if (is_answer(reads, STORE_HOME_SHARED, reply) && !is_premature(reads, reply))
        resolver_hear_campaign(reads->resolver, slug, json_of(redis_reply_text(reply)));
    else {
        resolver_lose_campaign(reads->resolver, slug);
        reads->is_wanted = true; /* it may have been asked for as it changed, with nobody waiting */
    }
    free(question);
}

int store_reads_ask_campaign(void *context, struct slice slug)
{
    struct store_reads *reads = context;
    if (slug.size > SLUG_MAX)
        return JALON_TOO_LONG;
    struct question *question = calloc(1, sizeof *question);
    if (!question)
        return JALON_NO_MEMORY;
    question->reads = reads;
    question->size = slug.size;
    memcpy(question->slug, slug.data, slug.size);
    struct key key = key_campaigns();
    const char *argv[] = {"HGET", key.text, question->slug};
    const size_t sizes[] = {4, key.size, slug.size};
    int err = store_nodes_send(reads->nodes, STORE_HOME_SHARED, 3, argv, sizes, hear_campaign,
                               question, 0);
    if (err)
        free(question);
    return err;
}

static void walk_from(struct store_reads *reads, struct slice cursor);

/* [cursor, [slug, record, slug, record …]] */
static void take_piece(struct store_reads *reads, const struct redis_reply *reply)
{
    const struct redis_reply *pairs = redis_reply_at(reply, 1);
    size_t count = redis_reply_count(pairs);
    for (size_t i = 0; i + 1 < count; i += 2) {
        struct slice slug = redis_reply_text(redis_reply_at(pairs, i));
        resolver_hear_campaign(reads->resolver, slug,
                               json_of(redis_reply_text(redis_reply_at(pairs, i + 1))));
    }
}

/* Did another server answer than the one that gave the cursor? Then fields may be missing between the two. */
static bool is_elsewhere(struct store_reads *reads)
{
    unsigned origin = store_nodes_origin(reads->nodes);
    bool is_elsewhere = reads->is_started && origin != reads->origin;
    reads->is_started = true;
    reads->origin = origin;
    return is_elsewhere;
}

static void hear_piece(void *context, uint64_t tag, const struct redis_reply *reply)
{
    (void)tag;
    struct store_reads *reads = context;
    reads->is_walking = false;
    if (!is_answer(reads, STORE_HOME_SHARED, reply) || redis_reply_count(reply) != 2) {
        reads->is_wanted = true; /* store_reads_tick() */
        return;
    }
    if (is_elsewhere(reads))
        reads->is_wanted = true;
    take_piece(reads, reply);
    struct slice cursor = redis_reply_text(redis_reply_at(reply, 0));
    if (reads->is_wanted)
        store_reads_all_campaigns(reads);
    else if (slice_is(cursor, "0"))
        reads->is_complete = true;
    else
        walk_from(reads, cursor);
}

static void walk_from(struct store_reads *reads, struct slice cursor)
{
    struct key key = key_campaigns();
    const char *argv[] = {"HSCAN", key.text, cursor.data, "COUNT", CAMPAIGNS_A_PIECE};
    const size_t sizes[] = {5, key.size, cursor.size, 5, sizeof CAMPAIGNS_A_PIECE - 1};
    reads->is_walking = store_nodes_send(reads->nodes, STORE_HOME_SHARED, 5, argv, sizes,
                                         hear_piece, reads, 0) == JALON_OK;
    reads->is_wanted = !reads->is_walking;
}

void store_reads_all_campaigns(struct store_reads *reads)
{
    reads->is_wanted = true;
    if (reads->is_walking)
        return;
    reads->is_started = false;
    walk_from(reads, SLICE("0"));
}

void store_reads_reached(struct store_reads *reads)
{
    reads->connected_ms = reads->worker->monotonic_ms;
}

void store_reads_tick(struct store_reads *reads)
{
    if (reads->is_wanted)
        store_reads_all_campaigns(reads);
}
