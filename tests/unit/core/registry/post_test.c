#include "tests/unit/core/registry/live.h"

static bool known;
static int add_post(struct registry *registry, const json_t *input, json_t **ret_result,
                    struct problem *problem)
{
    return post_add(registry, input, ret_result, &known, problem);
}

#define POST "'campaign':'spring-trail','creator':'marie','url':'https://insta.example/p/1'"
#define PUBLISHED POST ",'published_at':'2026-05-01T10:00:00Z'"

static void the_newest_snapshot_counts(void **state)
{
    static const struct {
        const char *input, *post;
        bool is_known;
    } rows[] = {
        {"{" PUBLISHED "}", "{'impressions':null,'taken_at':null}", false},
        {"{" PUBLISHED "}", "{'impressions':null}", true},
        {"{" POST ",'taken_at':'2026-05-03T00:00:00Z','impressions':1000,'likes':50}",
         "{'impressions':1000,'likes':50,'comments':null,'taken_at':'2026-05-03T00:00:00Z'}",
         false},
        {"{" POST ",'taken_at':'2026-05-03T00:00:00Z','impressions':1000,'likes':50}",
         "{'impressions':1000}", true},
        /* An older reading that comes later changes nothing that counts. */
        {"{" POST ",'taken_at':'2026-05-02T00:00:00Z','impressions':900,'saves':3}",
         "{'impressions':1000,'saves':3,'taken_at':'2026-05-03T00:00:00Z'}", false},
        /* A figure that the newest one lacks is that of the one before. */
        {"{" POST ",'taken_at':'2026-05-04T00:00:00Z','likes':60}",
         "{'impressions':1000,'likes':60,'taken_at':'2026-05-04T00:00:00Z'}", false},
        /* The same moment again: a correction. */
        {"{" POST ",'taken_at':'2026-05-04T00:00:00Z','likes':61,'reach':0}",
         "{'likes':61,'reach':0,'impressions':1000}", false},
        /* Without a time it is now, unless it says nothing new. */
        {"{" POST ",'likes':61}", "{'taken_at':'2026-05-04T00:00:00Z'}", true},
        {"{" POST ",'likes':62}", "{'likes':62,'taken_at':'2026-05-28T20:26:40Z'}", false},
        {"{" POST ",'published_at':'2026-05-01T09:00:00Z'}",
         "{'published_at':'2026-05-01T09:00:00Z','likes':62}", false},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *post = add_ok(registry, add_post, rows[i].input);
        expect(post, rows[i].post);
        assert_int_equal(known, rows[i].is_known);
        json_decref(post);
    }
}

static void bad_posts_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{" POST "}", "/published_at"},
        {"{" POST ",'impressions':5}", "/published_at"},
        {"{'campaign':'nope','creator':'marie','url':'https://a.example/'}", "/campaign"},
        {"{'campaign':'spring-trail','creator':'nope','url':'https://a.example/'}", "/creator"},
        {"{'campaign':'spring-trail','creator':'marie'}", "/url"},
        {"{'campaign':'spring-trail','creator':'marie','url':'insta.example/p/1'}", "/url"},
        {"{'campaign':'spring-trail','creator':'marie','url':'javascript:1'}", "/url"},
        {"{" PUBLISHED ",'impressions':-1}", "/impressions"},
        {"{" PUBLISHED ",'impressions':'12'}", "/impressions"},
        {"{" PUBLISHED ",'impressions':1.5}", "/impressions"},
        {"{" PUBLISHED ",'likes':10000000000000}", "/likes"},
        {"{" PUBLISHED ",'taken_at':'2026-05-01'}", "/taken_at"},
        {"{" POST ",'published_at':'2026-05-29T20:26:40.001Z'}", "/published_at"},
        {"{" PUBLISHED ",'taken_at':'2026-05-29T20:26:40.001Z','likes':1}", "/taken_at"},
        {"{" PUBLISHED ",'views':5}", "/views"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, add_post, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    assert_int_equal(post_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
}

static void a_post_is_one_creators(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, add_post, "{" PUBLISHED "}");
    refuse(registry, add_post,
           "{'campaign':'spring-trail','creator':'tom','url':'https://insta.example/p/1'}",
           PROBLEM_CONFLICT, "/creator");
    struct list_filter filter = {.creator = SLICE("tom")};
    struct problem problem = {0};
    size_t count = 0;
    assert_int_equal(post_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
    filter.creator = SLICE("marie");
    assert_int_equal(post_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_newest_snapshot_counts, live_seed),
        cmocka_unit_test_setup(bad_posts_are_refused_by_field, live_seed),
        cmocka_unit_test_setup(a_post_is_one_creators, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
