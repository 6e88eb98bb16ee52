/* small_worker.h - a worker without loop, sockets and store, for the tests of what a click goes through: questions to the
 * store are noted, and the test answers them. */
#ifndef TESTS_SMALL_WORKER_H
#define TESTS_SMALL_WORKER_H
#include "core/sign/key_ring.h"
#include "core/sign/visitor.h"
#include "jalon/link.h"
#include "redirector/click_log.h"
#include "redirector/counters.h"
#include "redirector/exchange.h"
#include "redirector/recent_clicks.h"
#include "redirector/resolver.h"
#include "redirector/route.h"
#include "redirector/server.h"
#include "redirector/worker.h"
#include "tests/unit/redirector/data_folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOON INT64_C(1796040000000) /* 2026-11-30T12:00:00Z */
#define ASKED_MAX 64

struct small_worker {
    char *folder;
    struct server server;
    struct snapshot snapshot;
    struct counters counters;
    struct worker worker;
    bool is_store_refusing;
    unsigned links_asked, campaigns_asked;
    uint64_t asked[ASKED_MAX];
};

static inline int small_worker_ask_link(void *context, uint64_t link_id)
{
    struct small_worker *small = context;
    if (small->is_store_refusing)
        return JALON_UNAVAILABLE;
    small->asked[small->links_asked++ % ASKED_MAX] = link_id;
    return JALON_OK;
}

static inline int small_worker_ask_campaign(void *context, struct slice slug)
{
    struct small_worker *small = context;
    (void)slug;
    if (small->is_store_refusing)
        return JALON_UNAVAILABLE;
    small->campaigns_asked++;
    return JALON_OK;
}

static inline void small_worker_start(struct small_worker *small)
{
    static const uint64_t nonce_keys[2] = {3, 5};
    *small = (struct small_worker){.folder = data_folder_new()};
    struct worker *worker = &small->worker;
    worker->server = &small->server;
    worker->snapshot = &small->snapshot;
    worker->counters = &small->counters;
    worker->now_ms = NOON;
    worker->monotonic_ms = 1000;
    small->snapshot.generation = 1;
    assert_int_equal(key_ring_new(&small->snapshot.keys, NOON / 1000), JALON_OK);
    assert_int_equal(agents_open(&small->snapshot.agents, NULL, NULL), JALON_OK);
    assert_int_equal(agent_matcher_new(&worker->agent_matcher, small->snapshot.agents, 64),
                     JALON_OK);
    assert_int_equal(recent_clicks_new(&small->server.recent_clicks, 1024), JALON_OK);
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%.400s/visitor.keys", small->folder); /* fits */
    assert_int_equal(visitor_keys_open(&worker->visitor_keys, path, NOON), JALON_OK);
    struct click_log_options log = {
        .journal = {.folder = small->folder, .segment_bytes = 65536, .max_bytes = 4 * 65536},
        .nonce_keys = nonce_keys};
    assert_int_equal(click_log_open(&worker->click_log, &log), JALON_OK);
    struct resolver_options resolver = {.worker = worker,
                                        .max_links = 1000,
                                        .ask_link = small_worker_ask_link,
                                        .ask_campaign = small_worker_ask_campaign,
                                        .context = small};
    assert_int_equal(resolver_new(&worker->resolver, &resolver), JALON_OK);
    resolver_set_homes(worker->resolver, STORE_ALL_HOMES);
}

static inline void small_worker_end(struct small_worker *small)
{
    resolver_free(small->worker.resolver);
    click_log_free(small->worker.click_log);
    visitor_keys_free(small->worker.visitor_keys);
    agent_matcher_free(small->worker.agent_matcher);
    recent_clicks_free(small->server.recent_clicks);
    agents_free(small->snapshot.agents);
    jalon_keys_free(small->snapshot.keys);
    data_folder_remove(small->folder);
}

#define CAMPAIGN_REST                                                                              \
    "\"brand\":\"alpina\",\"kind\":\"content\",\"timezone\":\"UTC\",\"currency\":\"EUR\","         \
    "\"goal\":\"sale\",\"click_param\":\"jclid\",\"attribution\":\"code-first\",\"window\":"       \
    "\"30d\","                                                                                     \
    "\"duplicate_window\":\"10s\",\"utm_source\":\"instagram\""
#define CAMPAIGN_JSON                                                                              \
    "{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/trail\"," CAMPAIGN_REST "}"
#define LINK_JSON(more)                                                                            \
    "{\"v\":1,\"code\":\"c\",\"campaign\":\"trail\",\"creator\":\"marie\"" more "}"

static inline void small_worker_know_campaign(struct small_worker *small, const char *json)
{
    resolver_hear_campaign(small->worker.resolver, SLICE("trail"), slice_of_string(json));
}

/* A signed code of this worker's key ring. */
static inline void small_worker_mint(struct small_worker *small, uint32_t serial,
                                     char ret_code[JALON_LINK_CODE_SIZE + 1])
{
    assert_int_equal(jalon_link_code_mint(small->snapshot.keys, serial, ret_code), JALON_OK);
}

struct request { /* an exchange and its answer */
    struct exchange exchange;
    struct buffer out;
    char memory[16384];
    unsigned finished;
};

static inline void request_finished(struct exchange *exchange, void *context)
{
    (void)exchange;
    ((struct request *)context)->finished++;
}

/* `argument` is kept by the caller. */
static inline void request_init(struct request *request, struct small_worker *small,
                                const struct route *route, const char *argument)
{
    static const char phone[] = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
                                "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
                                "Mobile/15E148 Safari/604.1";
    memset(request, 0, sizeof *request);
    buffer_over(&request->out, request->memory, sizeof request->memory);
    struct exchange *exchange = &request->exchange;
    exchange->worker = &small->worker;
    exchange->listener = LISTENER_PUBLIC;
    exchange->request.method = HTTP_GET_METHOD;
    exchange->request.user_agent = slice_of_string(phone);
    exchange->peer = (struct address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 81, 2, 69, 142}};
    exchange->route = route;
    exchange->argument = slice_of_string(argument);
    exchange->out = &request->out;
    exchange->finished = request_finished;
    exchange->context = request;
}
#endif
