/* shipping_store.h - a store of the test's own for what ships clicks, which keeps positions and clicks as functions.c says.
 * For one test file a program, as it defines store_nodes.h's functions. */
#ifndef TESTS_SHIPPING_STORE_H
#define TESTS_SHIPPING_STORE_H
#include "core/store/click_pack.h"
#include "core/store/schema.h"
#include "redirector/store_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CLICKS_MAX 8000
#define QUEUE_MAX 64

struct redis_reply {
    enum redis_kind kind;
    char text[32];
    long long number;
    size_t count;
    struct redis_reply *items[3];
};

struct applied { /* all that the store holds */
    uint64_t positions[SCHEMA_PARTITIONS];
    uint8_t clicks[CLICKS_MAX]; /* how often it has the click of this nonce */
    unsigned gaps;
};

struct asked {
    int argc;
    char **argv;
    size_t *sizes;
    redis_heard *heard;
    void *context;
    uint64_t tag;
};

static struct {
    struct applied now, saved;
    struct asked queue[QUEUE_MAX];
    size_t count;
    bool is_connected, has_functions;
} store;

int store_nodes_send_once(struct store_nodes *nodes, unsigned home, int argc,
                          const char *const *argv, const size_t *sizes, redis_heard *heard,
                          void *context, uint64_t tag)
{
    (void)nodes;
    assert_int_equal(home, tag);
    if (!store.is_connected)
        return JALON_UNAVAILABLE;
    assert_true(store.count < QUEUE_MAX);
    struct asked *asked = &store.queue[store.count++];
    *asked = (struct asked){.argc = argc, .heard = heard, .context = context, .tag = tag};
    asked->argv = calloc((size_t)argc, sizeof *asked->argv);
    asked->sizes = calloc((size_t)argc, sizeof *asked->sizes);
    for (int i = 0; i < argc; i++) {
        asked->sizes[i] = sizes ? sizes[i] : strlen(argv[i]);
        asked->argv[i] = calloc(1, asked->sizes[i] + 1);
        memcpy(asked->argv[i], argv[i], asked->sizes[i]);
    }
    return JALON_OK;
}

int store_nodes_send(struct store_nodes *nodes, unsigned home, int argc, const char *const *argv,
                     const size_t *sizes, redis_heard *heard, void *context, uint64_t tag)
{
    return store_nodes_send_once(nodes, home, argc, argv, sizes, heard, context, tag);
}

enum redis_kind redis_reply_kind(const struct redis_reply *reply)
{
    return reply->kind;
}

struct slice redis_reply_text(const struct redis_reply *reply)
{
    return slice_of_string(reply->text);
}

long long redis_reply_number(const struct redis_reply *reply)
{
    return reply->number;
}

size_t redis_reply_count(const struct redis_reply *reply)
{
    return reply->count;
}

const struct redis_reply *redis_reply_at(const struct redis_reply *reply, size_t index)
{
    return reply->items[index];
}

static inline struct asked take_asked(void)
{
    struct asked asked = store.queue[0];
    store.count--;
    memmove(&store.queue[0], &store.queue[1], store.count * sizeof store.queue[0]);
    return asked;
}

static inline void free_asked(struct asked *asked)
{
    for (int i = 0; i < asked->argc; i++)
        free(asked->argv[i]);
    free(asked->argv);
    free(asked->sizes);
}

static inline uint64_t number_at(const struct asked *asked, size_t index)
{
    uint64_t number;
    assert_true(index < (size_t)asked->argc);
    assert_int_equal(slice_to_u64(&number, slice_of_string(asked->argv[index]), UINT64_MAX),
                     JALON_OK);
    return number;
}

static inline int count_click(void *context, const struct click_record *click)
{
    (void)context;
    assert_true(click->nonce < CLICKS_MAX);
    store.now.clicks[click->nonce]++;
    return JALON_OK;
}

/* Applies the groups of jalon_ship: see the top of functions.c. */
static inline void apply(const struct asked *asked, size_t head)
{
    uint64_t groups = number_at(asked, head + 4) + number_at(asked, head + 5);
    uint64_t packs = number_at(asked, head + 6);
    size_t counters = number_at(asked, head + 4);
    size_t at = head + 9; /* behind the first day */
    for (size_t i = 0; i < groups; i++)
        at += 1 + number_at(asked, at) * (i < counters ? 2 : 1);
    for (size_t i = 0; i < packs; i++, at++)
        assert_int_equal(
            click_pack_each(slice_of(asked->argv[at], asked->sizes[at]), count_click, NULL),
            JALON_OK);
}

/* KEYS[1] is jalon:{pNN}:positions. */
static inline unsigned partition_of(const char *key)
{
    return (unsigned)(key[8] - '0') * 10 + (unsigned)(key[9] - '0');
}

static inline struct redis_reply *reply_of_number(struct redis_reply *reply, uint64_t number)
{
    *reply = (struct redis_reply){.kind = REDIS_NUMBER, .number = (long long)number};
    return reply;
}

static inline void carry_out_ship(const struct asked *asked, struct redis_reply *ret_reply)
{
    static struct redis_reply numbers[3];
    uint64_t *position = &store.now.positions[partition_of(asked->argv[3])];
    size_t head = 3 + number_at(asked, 2);
    uint64_t from = number_at(asked, head + 1), to = number_at(asked, head + 2);
    bool is_gap = asked->argv[head + 3][0] != '\0';
    bool fits = *position == from || (is_gap && *position < from);
    assert_true(to > from);
    if (fits) {
        store.now.gaps += *position != from;
        apply(asked, head);
        *position = to;
    }
    *ret_reply = (struct redis_reply){.kind = REDIS_LIST, .count = 3};
    ret_reply->items[0] = reply_of_number(&numbers[0], fits);
    ret_reply->items[1] = reply_of_number(&numbers[1], *position);
    ret_reply->items[2] = reply_of_number(&numbers[2], 0);
}

static inline void carry_out(const struct asked *asked, struct redis_reply *ret_reply)
{
    *ret_reply = (struct redis_reply){.kind = REDIS_NIL};
    if (strcmp(asked->argv[0], "HGET") == 0) {
        uint64_t position = store.now.positions[partition_of(asked->argv[1])];
        ret_reply->kind = position ? REDIS_TEXT : REDIS_NIL;
        (void)snprintf(ret_reply->text, sizeof ret_reply->text, "%llu",
                       (unsigned long long)position);
    } else if (!store.has_functions) {
        ret_reply->kind = REDIS_ERROR;
        (void)snprintf(ret_reply->text, sizeof ret_reply->text, "ERR Function not found");
    } else {
        carry_out_ship(asked, ret_reply);
    }
}

static inline void answer_one(void)
{
    struct asked asked = take_asked();
    struct redis_reply reply;
    carry_out(&asked, &reply);
    asked.heard(asked.context, asked.tag, &reply);
    free_asked(&asked);
}
#endif
