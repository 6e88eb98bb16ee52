#include "tests/unit/core/registry/live.h"

#include "core/registry/link_view.h"
#include "jalon/jalon.h"

static void signed_link_is_signed_and_shown(void **state)
{
    struct live *live = *state;
    json_t *link = add_ok(&live->registry, link_add,
                          "{'campaign':'spring-trail','creator':'marie','channel':'bio'}");
    struct slice code = thing_text(link, "code");
    assert_int_equal(code.size, JALON_LINK_CODE_SIZE);
    assert_int_equal(jalon_link_code_verify(live->keys, code.data, code.size, NULL), JALON_OK);
    char url[64];
    (void)snprintf(url, sizeof url, "https://go.example.com/%.*s", SLICE_ARG(code));
    expect_text(link, "url", url);
    expect(link, "{'campaign':'spring-trail','creator':'marie','channel':'bio','target':null,"
                 "'expires_at':null,'state':'active','created_at':'2026-05-28T20:26:40Z'}");
    uint64_t id;
    char hex[17];
    assert_int_equal(jalon_link_id(code.data, code.size, &id), JALON_OK);
    link_id_format(hex, id);
    expect_text(link, "link_id", hex);

    json_t *shown = NULL;
    struct problem problem = {0};
    assert_int_equal(link_show(&live->registry, code, &shown, &problem), JALON_OK);
    assert_true(json_equal(link, shown));
    json_decref(shown);
    assert_int_equal(link_show(&live->registry, slice_of_string(url), &shown, &problem), JALON_OK);
    assert_true(json_equal(link, shown));
    json_decref(shown);
    json_decref(link);
}

static void two_links_have_two_codes(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *a = add_ok(registry, link_add, "{'campaign':'spring-trail','creator':'marie'}");
    json_t *b = add_ok(registry, link_add, "{'campaign':'spring-trail','creator':'marie'}");
    assert_false(slice_equal(thing_text(a, "code"), thing_text(b, "code")));
    json_decref(a);
    json_decref(b);
}

static void bad_links_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{'campaign':'nope','creator':'marie'}", "/campaign"},
        {"{'campaign':'spring-trail','creator':'nope'}", "/creator"},
        {"{'campaign':'nope','creator':'nope'}", "/creator"},
        {"{'creator':'marie'}", "/campaign"},
        {"{'campaign':'spring-trail'}", "/creator"},
        {"{'campaign':null,'creator':'marie'}", "/campaign"},
        {"{'campaign':7,'creator':'marie'}", "/campaign"},
        {"{'campaign':'spring-trail','creator':'marie','target':'javascript:alert(1)'}", "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'JaVaScRiPt:alert(1)'}", "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'data:text/html,x'}", "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'//shop.example/'}", "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'/trail'}", "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'https://shop.example/\\r\\nX: y'}",
         "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'https://evil.example/'}",
         "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'https://shop.example@evil.example/"
         "'}",
         "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':'https://"
         "evil.example\\\\shop.example/'}",
         "/target"},
        {"{'campaign':'spring-trail','creator':'marie','target':['https://shop.example/']}",
         "/target"},
        {"{'campaign':'spring-trail','creator':'marie','channel':'a\\u0085b'}", "/channel"},
        {"{'campaign':'spring-trail','creator':'marie','channel':'a\\u007fb'}", "/channel"},
        {"{'campaign':'spring-trail','creator':'marie','expires_at':'2026-06-31T00:00:00Z'}",
         "/expires_at"},
        {"{'campaign':'spring-trail','creator':'marie','expires_at':'tomorrow'}", "/expires_at"},
        {"{'campaign':'spring-trail','creator':'marie','expires_at':1780000000}", "/expires_at"},
        {"{'campaign':'spring-trail','creator':'marie','state':'disabled'}", "/state"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'summertrails'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'SummerTrails'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'o'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'v1'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'healthz'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'robots.txt'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'a/b'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'a b'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'../x'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'mari\u00e9'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'x.'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
         "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','code':'abc'}", "/code"},
        {"[]", NULL},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, link_add, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    assert_int_equal(link_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
}

static void vanity_links_are_folded_and_unique(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *link = add_ok(registry, link_add,
                          "{'campaign':'spring-trail','creator':'marie','slug':'Marie-Trail',"
                          "'target':'https://www.acme.example/x#top'}");
    expect(link, "{'code':'marie-trail','url':'https://go.example.com/marie-trail',"
                 "'target':'https://www.acme.example/x#top'}");
    static const char *const same[] = {
        "{'campaign':'spring-trail','creator':'marie','slug':'marie-trail'}",
        "{'campaign':'winter-trail','creator':'tom','slug':'MARIE-TRAIL'}",
    };
    for (size_t i = 0; i < COUNT(same); i++)
        refuse(registry, link_add, same[i], PROBLEM_CONFLICT, "/slug");
    static const char *const typed[] = {"marie-trail",
                                        "MARIE-trail",
                                        "marie-trail/",
                                        "marie-trail.",
                                        "marie-trail),",
                                        "/marie-trail",
                                        "https://go.example.com/Marie-Trail?x=1#y"};
    for (size_t i = 0; i < COUNT(typed); i++) {
        json_t *shown = NULL;
        struct problem problem = {0};
        assert_int_equal(link_show(registry, slice_of_string(typed[i]), &shown, &problem), 0);
        assert_true(json_equal(link, shown));
        json_decref(shown);
    }
    json_decref(link);
}

static void a_taken_slug_comes_with_a_free_one(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'trail'}");
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'trail-2'}");
    json_t *input = json_of("{'campaign':'spring-trail','creator':'marie','slug':'trail'}");
    json_t *result = NULL;
    struct problem problem = {0};
    assert_int_not_equal(link_add(registry, input, &result, &problem), JALON_OK);
    assert_non_null(strstr(problem.fields[0].detail, "trail-3"));
    json_decref(input);
}

static void links_change(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, link_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'m','expires_at':"
        "'2026-05-28T20:26:41Z'}");
    static const struct {
        const char *changes, *after;
    } rows[] = {
        {"{'state':'disabled'}", "{'state':'disabled','expires_at':'2026-05-28T20:26:41Z'}"},
        {"{'state':'active'}", "{'state':'active'}"},
        {"{'expires_at':'2026-05-28T20:26:40Z'}", "{'state':'expired'}"},
        {"{'expires_at':'1970-01-01T00:00:00Z'}", "{'state':'expired'}"},
        {"{'expires_at':null}", "{'state':'active','expires_at':null}"},
        {"{'target':'https://shop.example/2'}", "{'target':'https://shop.example/2'}"},
        {"{'target':null}", "{'target':null}"},
        {"{}", "{'state':'active','target':null,'expires_at':null}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *changes = json_of(rows[i].changes), *result = NULL;
        struct problem problem = {0};
        assert_int_equal(link_set(registry, SLICE("m"), changes, &result, &problem), JALON_OK);
        expect(result, rows[i].after);
        json_decref(result);
        json_decref(changes);
    }
}

static void bad_changes_change_nothing(void **state)
{
    static const struct {
        const char *changes, *pointer;
    } rows[] = {
        {"{'target':'https://evil.example/'}", "/target"},
        {"{'target':'javascript:x'}", "/target"},
        {"{'campaign':'winter-trail'}", "/campaign"},
        {"{'creator':'tom'}", "/creator"},
        {"{'slug':'n'}", "/slug"},
        {"{'code':'n'}", "/code"},
        {"{'state':'expired'}", "/state"},
        {"{'state':true}", "/state"},
        {"{'expires_at':'never'}", "/expires_at"},
        {"[]", NULL},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *before =
        add_ok(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'m'}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *changes = json_of(rows[i].changes), *result = NULL;
        struct problem problem = {0};
        int err = link_set(registry, SLICE("m"), changes, &result, &problem);
        expect_problem(rows[i].changes, err, &problem, PROBLEM_INVALID, rows[i].pointer);
        json_decref(changes);
    }
    json_t *after = NULL;
    struct problem problem = {0};
    assert_int_equal(link_show(registry, SLICE("m"), &after, &problem), JALON_OK);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void unknown_and_forged_codes_are_not_found(void **state)
{
    static const char *const rows[] = {
        "nope",
        "abcdefghijkl.",
        "AAAAAAAAAAAA",
        "aaaaaaaaaaaa",
        "",
        "/",
        "a b",
        "\xff\xfe",
        "o/",
        "o/AAAA",
        "o/!!!!",
        "https://other.example/m",
        "..",
        "m\r\n",
    };
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *changes = json_of("{'state':'disabled'}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *result = NULL;
        struct problem problem = {0};
        int err = link_show(registry, slice_of_string(rows[i]), &result, &problem);
        expect_problem(rows[i], err, &problem, PROBLEM_NOT_FOUND, NULL);
        problem = (struct problem){0};
        err = link_set(registry, slice_of_string(rows[i]), changes, &result, &problem);
        expect_problem(rows[i], err, &problem, PROBLEM_NOT_FOUND, NULL);
    }
    json_decref(changes);
}

static void a_limit_hides_other_brands_links(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'m'}");
    registry->scope_campaign = SLICE("winter-trail");
    refuse(registry, link_add, "{'campaign':'spring-trail','creator':'marie'}", PROBLEM_NOT_FOUND,
           "/campaign");
    refuse(registry, link_add, "{'campaign':'nope','creator':'marie'}", PROBLEM_NOT_FOUND,
           "/campaign");
    json_t *result = NULL;
    struct problem problem = {0};
    int err = link_show(registry, SLICE("m"), &result, &problem);
    expect_problem("show", err, &problem, PROBLEM_NOT_FOUND, NULL);
    problem = (struct problem){0};
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    assert_int_equal(link_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
    filter.campaign = SLICE("spring-trail");
    err = link_list(registry, &filter, count_one, &count, &problem);
    expect_problem("list", err, &problem, PROBLEM_NOT_FOUND, NULL);
    add(registry, link_add, "{'campaign':'winter-trail','creator':'marie'}");
}

static int expect_order(void *context, const json_t *thing)
{
    static const char *const codes[] = {"a", "b", "c"};
    size_t *at = context;
    expect_text(thing, "code", codes[(*at)++]);
    return 0;
}

static void links_are_listed_by_code(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'c'}");
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'a'}");
    add(registry, link_add, "{'campaign':'spring-trail','creator':'marie','slug':'b'}");
    add(registry, link_add, "{'campaign':'spring-trail','creator':'tom','slug':'d'}");
    add(registry, link_add, "{'campaign':'winter-trail','creator':'marie','slug':'e'}");
    struct list_filter filter = {.campaign = SLICE("spring-trail"), .creator = SLICE("marie")};
    struct problem problem = {0};
    size_t count = 0;
    assert_int_equal(link_list(registry, &filter, expect_order, &count, &problem), JALON_OK);
    assert_int_equal(count, 3);
}

static void links_are_verified_offline(void **state)
{
    struct live *live = *state;
    char token[JALON_TOKEN_SIZE_MAX + 1], url[JALON_TOKEN_SIZE_MAX + 64];
    assert_int_equal(jalon_token_mint(live->keys, "spring-trail", "marie", "bio", NULL, 1790000000,
                                      token, sizeof token),
                     JALON_OK);
    (void)snprintf(url, sizeof url, "https://go.example.com/o/%s", token);
    json_t *result = NULL;
    struct problem problem = {0};
    assert_int_equal(link_verify(&live->registry, slice_of_string(url), &result, &problem), 0);
    expect(result, "{'kind':'portable','signature':'valid','campaign':'spring-trail',"
                   "'creator':'marie','channel':'bio','expires_at':'2026-09-21T14:13:20Z'}");
    json_decref(result);
    url[strlen(url) - 1] = url[strlen(url) - 1] == 'A' ? 'E' : 'A';
    assert_int_equal(link_verify(&live->registry, slice_of_string(url), &result, &problem), 0);
    expect(result, "{'kind':'portable','signature':'invalid'}");
    json_decref(result);
    char code[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(live->keys, 7, code), JALON_OK);
    assert_int_equal(link_verify(&live->registry, slice_of_string(code), &result, &problem), 0);
    expect(result, "{'kind':'signed','signature':'valid'}");
    json_decref(result);
    assert_int_equal(link_verify(&live->registry, SLICE("AAAAAAAAAAAA"), &result, &problem), 0);
    expect(result, "{'kind':'signed','signature':'invalid'}");
    json_decref(result);
    assert_int_equal(link_verify(&live->registry, SLICE("marie"), &result, &problem), 0);
    expect(result, "{'kind':'vanity','signature':'none','code':'marie'}");
    json_decref(result);
    int err = link_verify(&live->registry, SLICE("https://other.example/"), &result, &problem);
    expect_problem("foreign", err, &problem, PROBLEM_INVALID, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(signed_link_is_signed_and_shown, live_seed),
        cmocka_unit_test_setup(two_links_have_two_codes, live_seed),
        cmocka_unit_test_setup(bad_links_are_refused_by_field, live_seed),
        cmocka_unit_test_setup(vanity_links_are_folded_and_unique, live_seed),
        cmocka_unit_test_setup(a_taken_slug_comes_with_a_free_one, live_seed),
        cmocka_unit_test_setup(links_change, live_seed),
        cmocka_unit_test_setup(bad_changes_change_nothing, live_seed),
        cmocka_unit_test_setup(unknown_and_forged_codes_are_not_found, live_seed),
        cmocka_unit_test_setup(a_limit_hides_other_brands_links, live_seed),
        cmocka_unit_test_setup(links_are_listed_by_code, live_seed),
        cmocka_unit_test_setup(links_are_verified_offline, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
