/* live.h - a registry on a real redis-server and an empty data folder, and short ways to use it. */
#ifndef TESTS_REGISTRY_LIVE_H
#define TESTS_REGISTRY_LIVE_H
#include "core/registry/registry.h"
#include "core/registry/thing.h"
#include "core/sign/key_ring.h"
#include "core/store/store.h"
#include "tests/unit/core/report/redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1780000000000) /* 2026-05-28T20:26:40Z */
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct live {
    struct redis_server server;
    char folder[64];
    struct store *store;
    jalon_keys *keys;
    struct registry registry;
};

/* JSON in which ' stands for ". */
static inline json_t *json_of(const char *text)
{
    char *copy = strdup(text);
    for (char *at = copy; (at = strchr(at, '\''));)
        *at = '"';
    json_t *json = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!json)
        fail_msg("a test's own JSON is bad: %s", text);
    free(copy);
    return json;
}

static inline void problem_print(const struct problem *problem)
{
    if (problem->kind == PROBLEM_NONE)
        return;
    print_error("%d %s: %s\n", problem_status(problem), problem_title(problem), problem->detail);
    for (size_t i = 0; i < problem->field_count; i++)
        print_error("  %s: %s\n", problem->fields[i].pointer, problem->fields[i].detail);
}

static inline int live_start(void **state)
{
    struct live *live = calloc(1, sizeof *live);
    struct problem problem = {0};
    if (!live || !redis_server_start(&live->server))
        return -1;
    (void)snprintf(live->folder, sizeof live->folder, "%s/data", live->server.folder);
    char redis[96];
    (void)snprintf(redis, sizeof redis, "unix:%s", live->server.socket);
    struct store_options options = {
        .folder = live->folder,
        .redis = redis,
        .timeout_ms = 5000,
    };
    if (mkdir(live->folder, 0700) || store_open(&live->store, &options, &problem) ||
        key_ring_new(&live->keys, NOW_MS / 1000)) {
        problem_print(&problem);
        return -1;
    }
    live->registry = (struct registry){
        .store = live->store,
        .keys = live->keys,
        .domain = "https://go.example.com",
        .now_ms = NOW_MS,
    };
    *state = live;
    return 0;
}

static inline int live_stop(void **state)
{
    struct live *live = *state;
    (void)store_free(live->store);
    jalon_keys_free(live->keys);
    redis_server_stop(&live->server);
    free(live);
    return 0;
}

/* An empty store again, as it was before the first test. */
static inline int live_clear(void **state)
{
    struct live *live = *state;
    redisContext *redis = redis_server_connect(&live->server);
    /* It stays known as the one that the log was replayed to, or the next to connect brings all of it back. */
    redisReply *folders = redisCommand(redis, "DUMP jalon:{s}:folders");
    freeReplyObject(redisCommand(redis, "FLUSHALL"));
    freeReplyObject(
        redisCommand(redis, "RESTORE jalon:{s}:folders 0 %b", folders->str, folders->len));
    freeReplyObject(folders);
    redisFree(redis);
    live->registry.scope_brand = live->registry.scope_campaign = SLICE_NONE;
    live->registry.now_ms = NOW_MS;
    return 0;
}

typedef int adder(struct registry *, const json_t *, json_t **, struct problem *);

static inline json_t *add_ok(struct registry *registry, adder *by, const char *input)
{
    json_t *json = json_of(input), *result = NULL;
    struct problem problem = {0};
    int err = by(registry, json, &result, &problem);
    problem_print(&problem);
    if (err)
        fail_msg("refused: %s", input);
    json_decref(json);
    return result;
}

static inline void add(struct registry *registry, adder *by, const char *input)
{
    json_decref(add_ok(registry, by, input));
}

static inline void expect_problem(const char *name, int err, const struct problem *problem,
                                  enum problem_kind kind, const char *pointer)
{
    bool is_named = !pointer;
    for (size_t i = 0; i < problem->field_count && !is_named; i++)
        is_named = strcmp(problem->fields[i].pointer, pointer) == 0;
    if (err && problem->kind == kind && is_named)
        return;
    problem_print(problem);
    fail_msg("%s: error %d, problem %d, wanted %d naming %s", name, err, problem->kind, kind,
             pointer ? pointer : "nothing");
}

static inline void refuse(struct registry *registry, adder *by, const char *input,
                          enum problem_kind kind, const char *pointer)
{
    json_t *json = json_of(input), *result = NULL;
    struct problem problem = {0};
    int err = by(registry, json, &result, &problem);
    expect_problem(input, err, &problem, kind, pointer);
    assert_null(result);
    json_decref(json);
}

static inline void expect_text(const json_t *thing, const char *name, const char *text)
{
    struct slice value = thing_text(thing, name);
    if (!(text ? slice_is(value, text) : json_is_null(json_object_get(thing, name))))
        fail_msg("%s is \"%.*s\", wanted %s", name, SLICE_ARG(value), text ? text : "null");
}

/* The members of `wanted` (JSON with ') and their values are among those of `thing`. */
static inline void expect(const json_t *thing, const char *wanted)
{
    json_t *json = json_of(wanted);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        if (json_equal(value, json_object_get(thing, name)))
            continue;
        char *text = json_dumps(thing, JSON_COMPACT);
        fail_msg("%s is not as wanted in %s: %s", name, text, wanted);
    }
    json_decref(json);
}

static inline int count_one(void *context, const json_t *thing)
{
    (void)thing;
    ++*(size_t *)context;
    return 0;
}

#define SPRING_TRAIL                                                                               \
    "{'campaign':'spring-trail','brand':'acme','target':'https://shop.example/trail?a=1',"         \
    "'currency':'EUR','timezone':'Europe/Paris','allow_host':['*.acme.example']}"
#define WINTER_TRAIL                                                                               \
    "{'campaign':'winter-trail','brand':'nordic','target':'https://nordic.example/',"              \
    "'currency':'JPY','timezone':'Asia/Tokyo'}"

/* Two campaigns of two brands and two creators. */
static inline int live_seed(void **state)
{
    struct live *live = *state;
    (void)live_clear(state);
    add(&live->registry, campaign_add, SPRING_TRAIL);
    add(&live->registry, campaign_add, WINTER_TRAIL);
    add(&live->registry, creator_add,
        "{'creator':'marie','name':'Marie','platform':'instagram','followers':12000,"
        "'niche':['trail','food']}");
    add(&live->registry, creator_add, "{'creator':'tom'}");
    return 0;
}
#endif
