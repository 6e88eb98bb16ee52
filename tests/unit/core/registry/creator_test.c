#include "tests/unit/core/registry/live.h"

static void tier_follows_from_followers(void **state)
{
    static const struct {
        const char *input, *creator;
    } rows[] = {
        {"{'creator':'a','followers':4999}", "{'tier':'nano'}"},
        {"{'creator':'b','followers':5000}", "{'tier':'micro'}"},
        {"{'creator':'c','followers':100000}", "{'tier':'micro'}"},
        {"{'creator':'d','followers':100001}", "{'tier':'macro'}"},
        {"{'creator':'e'}", "{'tier':null,'followers':null,'name':null}"},
        {"{'creator':'f','niche':['x','y','x'],'name':'\u00c9lo\u00efse'}",
         "{'niche':['x','y'],'name':'\u00c9lo\u00efse','state':'active'}"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *creator = add_ok(registry, creator_add, rows[i].input);
        expect(creator, rows[i].creator);
        json_decref(creator);
    }
}

static void bad_creators_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{}", "/creator"},
        {"{'creator':'Marie'}", "/creator"},
        {"{'creator':'-marie'}", "/creator"},
        {"{'creator':'a/b'}", "/creator"},
        {"{'creator':'a','name':'x\\u0001'}", "/name"},
        {"{'creator':'a','followers':-1}", "/followers"},
        {"{'creator':'a','followers':'many'}", "/followers"},
        {"{'creator':'a','followers':1e30}", "/followers"},
        {"{'creator':'a','niche':[1]}", "/niche"},
        {"{'creator':'a','niche':['']}", "/niche"},
        {"{'creator':'a','niche':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15'"
         ","
         "'16','17']}",
         "/niche"},
        {"{'creator':'a','age':30}", "/age"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, creator_add, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    refuse(registry, creator_add, "{'creator':'marie'}", PROBLEM_CONFLICT, NULL);
}

static void creators_change(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *changes = json_of("{'followers':200000,'niche':null}"), *result = NULL;
    struct problem problem = {0};
    assert_int_equal(creator_set(registry, SLICE("marie"), changes, &result, &problem), 0);
    expect(result, "{'followers':200000,'tier':'macro','niche':null,'name':'Marie'}");
    json_decref(result);
    int err = creator_set(registry, SLICE("nobody"), changes, &result, &problem);
    expect_problem("nobody", err, &problem, PROBLEM_NOT_FOUND, NULL);
    json_decref(changes);
    changes = json_of("{'creator':'maria'}");
    problem = (struct problem){0};
    err = creator_set(registry, SLICE("marie"), changes, &result, &problem);
    expect_problem("rename", err, &problem, PROBLEM_INVALID, "/creator");
    json_decref(changes);
}

static void an_erased_creator_is_a_slug_and_no_more(void **state)
{
    struct live *live = *state;
    struct registry *registry = &live->registry;
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'m'}");
    add(registry, link_add, "{'campaign':'winter-trail','creator':'marie'}");
    add(registry, link_add, "{'campaign':'spring-trail','creator':'tom','slug':'t'}");
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10'}");
    struct problem problem = {0};
    assert_int_equal(creator_erase(registry, SLICE("marie"), &problem), JALON_OK);
    assert_int_equal(creator_erase(registry, SLICE("marie"), &problem), JALON_OK); /* again */
    json_t *thing = NULL;
    assert_int_equal(creator_show(registry, SLICE("marie"), &thing, &problem), JALON_OK);
    expect(thing, "{'creator':'marie','name':null,'platform':null,'followers':null,'niche':null,"
                  "'state':'erased'}");
    json_decref(thing);
    static const struct {
        const char *code, *state;
    } links[] = {{"m", "{'state':'disabled'}"}, {"t", "{'state':'active'}"}};
    for (size_t i = 0; i < COUNT(links); i++) {
        assert_int_equal(link_show(registry, slice_of_string(links[i].code), &thing, &problem), 0);
        expect(thing, links[i].state);
        json_decref(thing);
    }
    assert_int_equal(code_show(registry, SLICE("MARIE10"), SLICE_NONE, &thing, &problem), 0);
    expect(thing, "{'state':'disabled'}");
    json_decref(thing);
    refuse(registry, link_add, "{'campaign':'spring-trail','creator':'marie'}", PROBLEM_INVALID,
           "/creator");
    refuse(registry, code_add, "{'campaign':'spring-trail','creator':'marie'}", PROBLEM_INVALID,
           "/creator");
    refuse(registry, creator_add, "{'creator':'marie'}", PROBLEM_CONFLICT, NULL);
    thing = NULL;
    int err = creator_erase(registry, SLICE("nobody"), &problem);
    expect_problem("nobody", err, &problem, PROBLEM_NOT_FOUND, NULL);
    /* Not a byte of the name is left in the store. */
    redisContext *redis = redis_server_connect(&live->server);
    redisReply *reply = redisCommand(redis, "HVALS jalon:{s}:creators");
    for (size_t i = 0; i < reply->elements; i++)
        assert_null(strstr(reply->element[i]->str, "instagram"));
    freeReplyObject(reply);
    redisFree(redis);
}

/* A link that no key vouches for any more leads nowhere: nothing is left to disable. */
static void a_retired_keys_links_do_not_hinder(void **state)
{
    struct live *live = *state;
    add(&live->registry, link_add, "{'campaign':'spring-trail','creator':'marie'}");
    char old[16];
    assert_int_equal(
        slice_to_string(old, sizeof old, slice_of_string(key_ring_view(live->keys, 0).id)), 0);
    assert_int_equal(key_ring_rotate(live->keys, NOW_MS / 1000), JALON_OK);
    assert_int_equal(key_ring_retire(live->keys, slice_of_string(old)), JALON_OK);
    struct problem problem = {0};
    int err = creator_erase(&live->registry, SLICE("marie"), &problem);
    problem_print(&problem);
    assert_int_equal(err, JALON_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tier_follows_from_followers, live_seed),
        cmocka_unit_test_setup(bad_creators_are_refused_by_field, live_seed),
        cmocka_unit_test_setup(creators_change, live_seed),
        cmocka_unit_test_setup(an_erased_creator_is_a_slug_and_no_more, live_seed),
        cmocka_unit_test_setup(a_retired_keys_links_do_not_hinder, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
