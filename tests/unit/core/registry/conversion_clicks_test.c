/* Orders whose click comes from a portable link that is not registered yet, and orders with many clicks. */
#include "tests/unit/core/registry/orders.h"

#include "core/registry/conversion_view.h"
#include "core/registry/link_view.h"

#include <pthread.h>

static void register_portable(struct live *live, uint64_t link_id, const char *campaign,
                              uint64_t version)
{
    char hex[17];
    link_id_format(hex, link_id);
    struct buffer json;
    buffer_init(&json, 1024);
    assert_int_equal(link_view_write_portable(&json, slice_of_string(campaign), SLICE("tom"),
                                              SLICE("video"), SLICE_NONE, NOW_MS),
                     0);
    struct key key = key_links(schema_partition(link_id));
    struct put put = {
        .key = &key,
        .field = slice_of_string(hex),
        .json = buffer_slice(&json),
        .expected_version = version,
    };
    assert_int_equal(store_put(live->store, &put), JALON_OK);
    buffer_done(&json);
}

/* A click on tom's portable link, which is not registered. */
static uint64_t mint_portable(struct live *live, char ret_click[45])
{
    char token[JALON_TOKEN_SIZE_MAX + 1];
    jalon_token *opened;
    uint64_t link_id;
    assert_int_equal(
        jalon_token_mint(live->keys, "spring-trail", "tom", "video", NULL, 0, token, sizeof token),
        0);
    assert_int_equal(jalon_token_open(&opened, live->keys, token, strlen(token)), 0);
    assert_int_equal(jalon_token_link_id(opened, &link_id), 0);
    jalon_token_free(opened);
    assert_int_equal(jalon_click_mint(live->keys, "spring-trail", link_id, NOW_MS, 1, ret_click),
                     0);
    return link_id;
}

/* The order overtakes its click's journal: once the portable link is there, its creator is credited. */
static void a_portable_link_may_come_after_its_order(void **state)
{
    struct live *live = *state;
    char click[45];
    uint64_t link_id = mint_portable(live, click);
    bool is_known;
    json_t *answer =
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':'%s'}",
                click, &is_known);
    expect(answer, "{'credits':[],'unattributed':'click-not-registered-yet'}");
    json_decref(answer);

    register_portable(live, link_id, "winter-trail", 0); /* of another campaign: no change */
    answer =
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':'%s'}",
                click, &is_known);
    expect(answer, "{'credits':[],'unattributed':'unknown-click-id'}");
    json_decref(answer);
    register_portable(live, link_id, "spring-trail", 1);
    answer =
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':'%s'}",
                click, &is_known);
    assert_true(is_known);
    expect(answer, "{'credits':[{'creator':'tom','evidence':'click','share':1}],"
                   "'unattributed':null}");
    json_decref(answer);
}

/* Under click-first the code's creator is not named while the click may win. */
static void a_click_that_may_win_keeps_the_code_waiting(void **state)
{
    struct live *live = *state;
    json_t *rule = json_of("{'attribution':'click-first'}"), *result = NULL;
    struct problem problem = {0};
    assert_int_equal(campaign_set(&live->registry, SLICE("spring-trail"), rule, &result, &problem),
                     0);
    json_decref(result);
    json_decref(rule);
    char click[45];
    uint64_t link_id = mint_portable(live, click);
    static const char order[] = "{'campaign':'spring-trail','order_id':'1','type':'sale',"
                                "'click_id':'%s','code':'MARIE10'}";
    bool is_known;
    json_t *answer = convert(live, order, click, &is_known);
    expect(answer, "{'credits':[],'unattributed':'click-not-registered-yet'}");
    json_decref(answer);
    register_portable(live, link_id, "spring-trail", 0);
    answer = convert(live, order, click, &is_known);
    expect(answer, "{'credits':[{'creator':'tom','evidence':'click','share':1}]}");
    json_decref(answer);
}

struct shipping {
    struct live *live;
    uint64_t link_id;
    redisContext *redis;
};

/* Puts the link there as a shipper would, once the order was seen to ask for it in vain. */
static void *ship_when_asked(void *argument)
{
    struct shipping *shipping = argument;
    char hex[17], needle[64];
    link_id_format(hex, shipping->link_id);
    (void)snprintf(needle, sizeof needle, "\"%s\"", hex);
    redisReply *reply = NULL;
    while (redisGetReply(shipping->redis, (void **)&reply) == REDIS_OK) {
        bool is_asked = reply->type == REDIS_REPLY_STATUS && strstr(reply->str, needle);
        freeReplyObject(reply);
        if (is_asked)
            break;
    }
    struct buffer json;
    buffer_init(&json, 1024);
    buffer_append_string(&json, "1 ");
    if (link_view_write_portable(&json, SLICE("spring-trail"), SLICE("tom"), SLICE("video"),
                                 SLICE_NONE, NOW_MS) == 0) {
        redisContext *redis = redis_server_connect(&shipping->live->server);
        struct key key = key_links(schema_partition(shipping->link_id));
        freeReplyObject(redisCommand(redis, "HSET %s %s %b", key.text, hex, json.data, json.size));
        redisFree(redis);
    }
    buffer_done(&json);
    return NULL;
}

static void an_order_waits_for_its_click_to_be_shipped(void **state)
{
    struct live *live = *state;
    char click[45];
    struct shipping shipping = {.live = live, .link_id = mint_portable(live, click)};
    shipping.redis = redis_server_connect(&live->server);
    freeReplyObject(redisCommand(shipping.redis, "MONITOR"));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ship_when_asked, &shipping), 0);
    live->registry.link_wait_ms = 60000; /* it ends when the link is there */
    bool is_known;
    json_t *answer =
        convert(live, "{'campaign':'spring-trail','order_id':'1','type':'sale','click_id':'%s'}",
                click, &is_known);
    live->registry.link_wait_ms = 0;
    assert_int_equal(pthread_join(thread, NULL), 0);
    redisFree(shipping.redis);
    assert_false(is_known);
    expect(answer, "{'credits':[{'creator':'tom','evidence':'click','share':1}],"
                   "'unattributed':null}");
    json_decref(answer);
}

/* `count` click ids that are none of ours around one click of marie's and one of tom's, newest last. */
static json_t *many_clicks(struct live *live, size_t count)
{
    char marie[45], tom[45];
    mint(live, "spring-trail", "m", 2 * DAY_MS, marie);
    mint(live, "spring-trail", "t", DAY_MS, tom);
    json_t *list = json_pack("[s]", marie);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_sprintf("gclid-%zu", i));
    json_array_append_new(list, json_string(tom));
    return list;
}

static void of_many_click_ids_the_newest_are_kept(void **state)
{
    struct live *live = *state;
    json_t *list = many_clicks(live, 98), *result = NULL;
    assert_int_equal(json_array_size(list), 100);
    json_t *input = json_pack("{s:s, s:s, s:s, s:O}", "campaign", "spring-trail", "order_id", "1",
                              "type", "sale", "click_id", list);
    struct problem problem = {0};
    bool is_known;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(conversion_add(&live->registry, input, &result, &is_known, &problem), 0);
        assert_int_equal(is_known, i == 1);
        expect(result, "{'credits':[{'creator':'tom','evidence':'click','share':1}],"
                       "'assists':[{'creator':'marie','evidence':'click','channel':'bio'}]}");
        json_decref(result);
    }
    json_t *last = NULL;
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    assert_int_equal(conversion_list(&live->registry, &filter, keep_last, &last, &problem), 0);
    const json_t *kept = json_object_get(last, "click_id");
    assert_int_equal(json_array_size(kept), 20);
    assert_true(json_equal(json_array_get(kept, 0), json_array_get(list, 0)));
    assert_string_equal(json_string_value(json_array_get(kept, 1)), "gclid-80");
    assert_true(json_equal(json_array_get(kept, 19), json_array_get(list, 99)));
    json_decref(last);

    json_array_append_new(list, json_string("one more"));
    json_object_set_new(input, "order_id", json_string("2"));
    int err = conversion_add(&live->registry, input, &result, &is_known, &problem);
    expect_problem("101", err, &problem, PROBLEM_INVALID, "/click_id");
    json_decref(input);
    json_decref(list);
}

/* Of genuine ones only the newest count, in whatever order they came. */
static void of_many_clicks_the_oldest_go(void **state)
{
    struct live *live = *state;
    json_t *list = json_array(), *result = NULL;
    char click[45];
    for (int64_t i = 0; i < 30; i++) { /* 10 to 29 hours ago, then 0 to 9 */
        mint(live, "spring-trail", "m", ((i + 10) % 30) * 3600000, click);
        json_array_append_new(list, json_string(click));
    }
    json_t *input = json_pack("{s:s, s:s, s:s, s:o}", "campaign", "spring-trail", "order_id", "1",
                              "type", "sale", "click_id", json_incref(list));
    struct problem problem = {0};
    bool is_known;
    assert_int_equal(conversion_add(&live->registry, input, &result, &is_known, &problem), 0);
    json_decref(result);
    json_t *last = NULL;
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    assert_int_equal(conversion_list(&live->registry, &filter, keep_last, &last, &problem), 0);
    const json_t *kept = json_object_get(last, "click_id");
    assert_int_equal(json_array_size(kept), 20);
    for (size_t i = 0; i < 20; i++)
        assert_true(json_equal(json_array_get(kept, i), json_array_get(list, i < 10 ? i : i + 10)));
    json_decref(last);
    json_decref(input);
    json_decref(list);
}

/* What an export is made of: the parts of the revenue are exact, and each credit has the click that won. */
static void a_listing_has_the_click_and_the_revenue_of_each_credit(void **state)
{
    struct live *live = *state;
    json_t *changes = json_of("{'attribution':'linear'}"), *result = NULL, *last = NULL;
    struct problem problem = {0};
    assert_int_equal(
        campaign_set(&live->registry, SLICE("spring-trail"), changes, &result, &problem), 0);
    json_decref(changes);
    json_decref(result);
    char older[45], marie[45], tom[45], both[160], wanted[512];
    mint(live, "spring-trail", "m", 3 * DAY_MS, older);
    mint(live, "spring-trail", "m", 2 * DAY_MS, marie);
    mint(live, "spring-trail", "t", DAY_MS, tom);
    (void)snprintf(both, sizeof both, "%s','%s','%s", older, marie, tom);
    bool is_known;
    json_decref(convert(live,
                        "{'campaign':'spring-trail','order_id':'1','type':'sale',"
                        "'amount':'10.01','click_id':['%s']}",
                        both, &is_known));
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    assert_int_equal(conversion_list(&live->registry, &filter, keep_last, &last, &problem), 0);
    (void)snprintf(wanted, sizeof wanted,
                   "{'revenue':'10.01','credits':[{'creator':'marie','evidence':'click',"
                   "'share':0.5,'click_id':'%s','revenue':'5.01'},{'creator':'tom','evidence':"
                   "'click','share':0.5,'click_id':'%s','revenue':'5.00'}]}",
                   marie, tom);
    expect(last, wanted);
    json_decref(last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_portable_link_may_come_after_its_order, seed_links),
        cmocka_unit_test_setup(a_click_that_may_win_keeps_the_code_waiting, seed_links),
        cmocka_unit_test_setup(an_order_waits_for_its_click_to_be_shipped, seed_links),
        cmocka_unit_test_setup(of_many_click_ids_the_newest_are_kept, seed_links),
        cmocka_unit_test_setup(of_many_clicks_the_oldest_go, seed_links),
        cmocka_unit_test_setup(a_listing_has_the_click_and_the_revenue_of_each_credit, seed_links),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
