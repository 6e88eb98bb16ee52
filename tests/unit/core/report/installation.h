/* installation.h - a store on a redis-server of its own, and the records and clicks that a report reads, written as
 * the registry and the shipper write them. */
#ifndef TESTS_INSTALLATION_H
#define TESTS_INSTALLATION_H
#include "core/base/buffer.h"
#include "core/report/json_sink.h"
#include "core/report/report.h"
#include "core/store/click_pack.h"
#include "core/store/store.h"
#include "core/traffic/click_class.h"
#include "tests/unit/core/report/redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <jansson.h>

#define DAY_MS INT64_C(86400000)
#define QUARTER_MS INT64_C(900000)

static struct redis_server server;
static redisContext *redis;
static struct store *store;

static inline int installation_open(void **state)
{
    (void)state;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct problem problem = {0};
    char url[96];
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || !redis_server_start(&server))
        return -1;
    redis = redis_server_connect(&server);
    (void)snprintf(url, sizeof url, "unix:%s", server.socket);
    const struct store_options options = {
        .folder = server.folder, .redis = url, .timeout_ms = 5000};
    if (!redis || store_open(&store, &options, &problem) != JALON_OK) {
        print_error("%s\n", problem.detail);
        return -1;
    }
    return 0;
}

static inline int installation_close(void **state)
{
    (void)state;
    store_free(store);
    redisFree(redis);
    redis_server_stop(&server);
    return 0;
}

static inline int installation_clear(void **state)
{
    (void)state;
    redisReply *reply = redisCommand(redis, "FLUSHALL");
    int result = reply && reply->type == REDIS_REPLY_STATUS ? 0 : -1;
    freeReplyObject(reply);
    return result;
}

static inline void check_reply(redisReply *reply)
{
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s", reply->str);
    freeReplyObject(reply);
}

static inline void put_record(struct key key, const char *field, const char *json)
{
    check_reply(redisCommand(redis, "HSET %b %s %s%s", key.text, key.size, field, "1 ", json));
}

static inline void put_member(struct key key, const char *member)
{
    check_reply(redisCommand(redis, "SADD %b %s", key.text, key.size, member));
}

static inline void put_creator(const char *slug, const char *members)
{
    char json[512];
    (void)snprintf(json, sizeof json, "{\"v\":1,\"creator\":\"%s\"%s,\"created_ms\":1}", slug,
                   members);
    put_record(key_creators(), slug, json);
}

/* Of brand acme. */
static inline void put_campaign(const char *slug, const char *currency, const char *zone,
                                const char *rule)
{
    char json[1024];
    (void)snprintf(
        json, sizeof json,
        "{\"v\":1,\"campaign\":\"%s\",\"brand\":\"acme\",\"target\":\"https://acme.example/\","
        "\"kind\":\"content\",\"timezone\":\"%s\",\"currency\":\"%s\",\"goal\":\"sale\","
        "\"click_param\":\"jclid\",\"attribution\":\"%s\",\"window\":\"30d\","
        "\"duplicate_window\":\"10s\",\"created_ms\":1}",
        slug, zone, currency, rule);
    put_record(key_campaigns(), slug, json);
}

static inline void put_link(uint64_t id, const char *code, const char *campaign,
                            const char *creator, const char *channel)
{
    char text[LINK_ID_TEXT + 1], json[512];
    link_id_format(text, id);
    (void)snprintf(json, sizeof json,
                   "{\"v\":1,%s%s%s\"campaign\":\"%s\",\"creator\":\"%s\",\"channel\":\"%s\","
                   "\"created_ms\":1}",
                   *code ? "\"code\":\"" : "", code, *code ? "\"," : "", campaign, creator,
                   channel);
    put_record(key_links(schema_partition(id)), text, json);
    put_member(key_links_of(schema_partition(id), slice_of_string(campaign)), text);
}

/* `members`: ",\"max_redemptions\":5" and the like. */
static inline void put_code(const char *code, const char *campaign, const char *creator,
                            const char *members)
{
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"v\":1,\"folded\":\"%s\",\"codes\":[{\"code\":\"%s\",\"campaign\":\"%s\","
                   "\"creator\":\"%s\"%s,\"created_ms\":1}]}",
                   code, code, campaign, creator, members);
    put_record(key_codes(SLICE("acme")), code, json);
    put_member(key_codes_of(SLICE("acme"), slice_of_string(campaign)), code);
}

/* `field`: "marie/2026-11-01/fee" */
static inline void put_cost(const char *campaign, const char *field, const char *value)
{
    char json[128];
    (void)snprintf(json, sizeof json, "{\"v\":1,\"value\":\"%s\",\"created_ms\":1}", value);
    put_record(key_costs(slice_of_string(campaign)), field, json);
}

static inline void put_post(const char *campaign, const char *creator, const char *url,
                            int64_t published_ms, const char *snapshots)
{
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"v\":1,\"url\":\"%s\",\"campaign\":\"%s\",\"creator\":\"%s\","
                   "\"published_ms\":%lld,\"created_ms\":1,\"snapshots\":[%s]}",
                   url, campaign, creator, (long long)published_ms, snapshots);
    put_record(key_posts(slice_of_string(campaign)), url, json);
}

/* `members`: amount, status, clicks, code, … */
static inline void put_order(const char *campaign, const char *order_id, const char *type,
                             int64_t occurred_ms, const char *members)
{
    char json[1024];
    struct key times = key_order_times(SLICE("acme"), slice_of_string(campaign));
    (void)snprintf(json, sizeof json,
                   "{\"v\":1,\"order_id\":\"%s\",\"type\":\"%s\",\"currency\":\"EUR\","
                   "\"occurred_ms\":%lld,\"recorded_ms\":%lld%s}",
                   order_id, type, (long long)occurred_ms, (long long)occurred_ms, members);
    put_record(key_orders(SLICE("acme"), slice_of_string(campaign)), order_id, json);
    check_reply(redisCommand(redis, "ZADD %b %lld %s", times.text, times.size,
                             (long long)occurred_ms, order_id));
}

/* One click of a visitor, counted as the shipper counts it. */
static inline void put_click(uint64_t link_id, int64_t at_ms, enum click_class class,
                             const char *visitor)
{
    int32_t day = (int32_t)(at_ms / DAY_MS);
    struct key days = key_days(link_id), quarters = key_quarter_hours(link_id, day),
               visitors = key_visitors(link_id, day);
    char letter = click_class_letter(class), field[32];
    (void)snprintf(field, sizeof field, "%d:%c", day, letter);
    check_reply(redisCommand(redis, "HINCRBY %b %s 1", days.text, days.size, field));
    (void)snprintf(field, sizeof field, "%d:%d:%c", day, (int)(at_ms % DAY_MS / QUARTER_MS),
                   letter);
    check_reply(redisCommand(redis, "HINCRBY %b %s 1", quarters.text, quarters.size, field));
    if (class == CLICK_HUMAN)
        check_reply(redisCommand(redis, "PFADD %b %s", visitors.text, visitors.size, visitor));
}

/* A click with all that is known of it: counted, and kept one by one, as the shipper does both. */
static inline void put_raw_click(const struct click_record *click)
{
    struct key clicks =
        key_clicks(schema_partition(click->link_id), (int32_t)(click->at_ms / DAY_MS));
    struct buffer pack;
    buffer_init(&pack, 1 << 12);
    assert_int_equal(click_pack_write(&pack, click, 1), JALON_OK);
    check_reply(redisCommand(redis, "RPUSH %b %b", clicks.text, clicks.size, pack.data, pack.size));
    buffer_done(&pack);
    put_click(click->link_id, click->at_ms, (enum click_class)click->class, "someone");
}

/* The report as parsed JSON; the caller ends it with json_decref(). */
static inline json_t *run_report(const struct report_query *query)
{
    struct problem problem = {0};
    struct json_sink sink;
    struct buffer out;
    buffer_init(&out, 16 << 20);
    json_sink_init(&sink, &out, NULL);
    if (report_run(store, query, &sink.sink, &problem) != JALON_OK)
        fail_msg("%s %s", problem.detail, problem.fields[0].detail);
    json_error_t error;
    json_t *report = json_loadb(out.data, out.size, 0, &error);
    if (!report)
        fail_msg("%s: %.*s", error.text, (int)out.size, out.data);
    buffer_done(&out);
    return report;
}

/* The row whose `key` field is `name`; NULL when there is none. */
static inline json_t *find_row(const json_t *report, const char *key, const char *name)
{
    json_t *rows = json_object_get(report, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const char *text = json_string_value(json_object_get(row, key));
        if (text && strcmp(text, name) == 0)
            return row;
    }
    return NULL;
}

/* `expected` is an object: each of its members stands in `object`, written the same. */
static inline void check_members(const char *what, const json_t *object, const char *expected)
{
    json_error_t error;
    json_t *members = json_loads(expected, 0, &error);
    const char *name;
    json_t *value;
    if (!members)
        fail_msg("%s: %s", what, error.text);
    json_object_foreach(members, name, value)
    {
        const json_t *found = json_object_get(object, name);
        char *found_text =
            json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
        if (!found_text || strcmp(found_text, text) != 0)
            fail_msg("%s: %s is %s, not %s", what, name, found_text ? found_text : "absent", text);
        free(found_text);
        free(text);
    }
    json_decref(members);
}

static inline void check_row(const json_t *report, const char *key, const char *name,
                             const char *expected)
{
    const json_t *row = find_row(report, key, name);
    if (!row)
        fail_msg("there is no row %s", name);
    check_members(name, row, expected);
}

static inline void check_part(const json_t *report, const char *part, const char *expected)
{
    check_members(part, json_object_get(report, part), expected);
}
#endif
