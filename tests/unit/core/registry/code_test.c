#include "tests/unit/core/registry/live.h"

#include "jalon/jalon.h"

static int show(struct registry *registry, struct slice code, const char *campaign,
                json_t **ret_result, struct problem *problem)
{
    *problem = (struct problem){0};
    *ret_result = NULL;
    return code_show(registry, code, slice_of_string(campaign), ret_result, problem);
}

static void signed_code_is_signed_and_shown(void **state)
{
    struct live *live = *state;
    json_t *code = add_ok(&live->registry, code_add,
                          "{'campaign':'spring-trail','creator':'marie','discount':'10 %'}");
    struct slice text = thing_text(code, "code");
    assert_true(slice_starts(text, SLICE("MARIE-")));
    assert_int_equal(jalon_code_verify(live->keys, "spring-trail", text.data, text.size, NULL),
                     JALON_OK);
    expect(code, "{'campaign':'spring-trail','creator':'marie','discount':'10 %','state':'active',"
                 "'valid':true,'signed':true,'valid_from':null,'valid_until':null,"
                 "'max_redemptions':null}");
    /* However it is typed: lower case, without hyphens, with spaces. */
    char typed[64] = " ";
    size_t size = 1;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != '-') {
            typed[size++] = (char)(text.data[i] | (text.data[i] >= 'A' ? 0x20 : 0));
            typed[size++] = ' ';
        }
    json_t *shown;
    struct problem problem;
    assert_int_equal(show(&live->registry, slice_of(typed, size), NULL, &shown, &problem), 0);
    assert_true(json_equal(code, shown));
    json_decref(shown);
    json_decref(code);
}

static void a_mistyped_code_is_told_from_an_unknown_one(void **state)
{
    struct live *live = *state;
    json_t *code = add_ok(&live->registry, code_add,
                          "{'campaign':'spring-trail','creator':'marie','prefix':'trail'}");
    char text[32], unknown[32];
    assert_int_equal(slice_to_string(text, sizeof text, thing_text(code, "code")), 0);
    json_decref(code);
    assert_true(slice_starts(slice_of_string(text), SLICE("TRAIL-")));
    text[8] = text[8] == '7' ? '8' : '7';
    json_t *shown;
    struct problem problem;
    int err = show(&live->registry, slice_of_string(text), NULL, &shown, &problem);
    expect_problem(text, err, &problem, PROBLEM_INVALID, NULL);
    /* Well signed, but never issued here. */
    assert_int_equal(jalon_code_mint(live->keys, "spring-trail", "TRAIL", 77, unknown), 0);
    err = show(&live->registry, slice_of_string(unknown), NULL, &shown, &problem);
    expect_problem(unknown, err, &problem, PROBLEM_NOT_FOUND, NULL);
    static const struct {
        const char *code;
        enum problem_kind kind;
    } rows[] = {
        {"MARIE10", PROBLEM_NOT_FOUND},
        {"WINTERSALE2026", PROBLEM_NOT_FOUND},
        {"NOSUCHCODE99", PROBLEM_NOT_FOUND},
        {"NOSUCH-CODE9-9XX", PROBLEM_NOT_FOUND},
        {"NOSUCH-7K2QF-9XW3B", PROBLEM_INVALID},
        {" nosuch-7k2qf-9xw3b ", PROBLEM_INVALID},
        {"NOSUCH 7K2QF 9XW3B", PROBLEM_NOT_FOUND},
        {"trail 7k2qf 9xw3b", PROBLEM_INVALID},
        {"TRAI17K2QF9XW3B", PROBLEM_INVALID},
        {"TRAIL7K2QF9XW3BX", PROBLEM_NOT_FOUND}, /* of the prefix TRAIL7, then */
        {"A", PROBLEM_NOT_FOUND},
        {"", PROBLEM_INVALID},
        {"--", PROBLEM_INVALID},
        {"MARIE_10", PROBLEM_INVALID},
        {"MARIE10!", PROBLEM_INVALID},
        {"mari\xc3\xa9", PROBLEM_INVALID},
        {"A\r\nB", PROBLEM_INVALID},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", PROBLEM_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        err = show(&live->registry, slice_of_string(rows[i].code), NULL, &shown, &problem);
        expect_problem(rows[i].code, err, &problem, rows[i].kind, NULL);
    }
}

static void codes_that_fold_alike_cannot_both_hold(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'marie-1o','valid_from':"
        "'2026-05-01T00:00:00Z','valid_until':'2026-06-01T00:00:00Z'}");
    static const char *const taken[] = {
        "{'campaign':'spring-trail','creator':'tom','slug':'MARIE10'}",
        "{'campaign':'spring-trail','creator':'tom','slug':'MAR1EIO','valid_until':"
        "'2026-05-01T00:00:01Z'}",
        "{'campaign':'spring-trail','creator':'tom','slug':'MARLE10','valid_from':"
        "'2026-05-31T23:59:59Z'}",
    };
    for (size_t i = 0; i < COUNT(taken); i++)
        refuse(registry, code_add, taken[i], PROBLEM_CONFLICT, "/slug");
    /* Another brand's codes are another matter, and so is another time. */
    add(registry, code_add, "{'campaign':'winter-trail','creator':'tom','slug':'MARIE10'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'MARIE10','valid_until':"
        "'2026-05-01T00:00:00Z'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'MARIE10','valid_from':"
        "'2026-06-01T00:00:00Z'}");
}

/* Both are there, at different times: the one that is asked for by its letters is meant. */
static void the_spelling_chooses_among_codes_that_fold_alike(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10','valid_until':"
        "'2026-05-01T00:00:00Z'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'MARIE1O','valid_from':"
        "'2026-05-01T00:00:00Z'}");
    static const struct {
        const char *asked, *code;
    } rows[] = {
        {"MARIE10", "{'code':'MARIE10','creator':'marie','state':'expired','valid':false}"},
        {"marie10", "{'code':'MARIE10'}"},
        {"MARIE1O", "{'code':'MARIE1O','creator':'tom','state':'active','valid':true}"},
        {"MARLE10", "{'code':'MARIE1O'}"}, /* neither: the one that holds now */
        {"marie-10", "{'code':'MARIE1O'}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *shown;
        struct problem problem;
        int err = show(registry, slice_of_string(rows[i].asked), NULL, &shown, &problem);
        assert_int_equal(err, JALON_OK);
        expect(shown, rows[i].code);
        json_decref(shown);
    }
    json_t *changes = json_of("{'discount':'5 %'}"), *result = NULL;
    struct problem problem = {0};
    assert_int_equal(code_set(registry, SLICE("Marie10"), SLICE_NONE, changes, &result, &problem),
                     JALON_OK);
    expect(result, "{'code':'MARIE10','discount':'5 %'}");
    json_decref(result);
    json_decref(changes);
}

/* One code of each kind; then the key that signed is retired. */
static void a_code_dies_with_its_key(void **state)
{
    struct live *live = *state;
    struct registry *registry = &live->registry;
    json_t *made = add_ok(registry, code_add, "{'campaign':'spring-trail','creator':'marie'}");
    add(registry, code_add, "{'campaign':'spring-trail','creator':'tom','slug':'TOM10'}");
    char text[32], id[16];
    assert_int_equal(slice_to_string(text, sizeof text, thing_text(made, "code")), 0);
    json_decref(made);
    (void)snprintf(id, sizeof id, "%s", key_ring_view(live->keys, 0).id);
    assert_int_equal(key_ring_rotate(live->keys, NOW_MS / 1000), JALON_OK);
    const struct {
        const char *code;
        bool is_retired;
        const char *shown, *answer;
    } rows[] = {
        {text, false, "{'valid':true,'state':'active'}",
         "{'credits':[{'creator':'marie','evidence':'code','share':1}],'unattributed':null}"},
        {text, true, "{'valid':false,'state':'expired','signed':true,'creator':'marie'}",
         "{'credits':[],'assists':[],'unattributed':'code-not-valid'}"},
        {"TOM10", true, "{'valid':true,'state':'active'}",
         "{'credits':[{'creator':'tom','evidence':'code','share':1}]}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].is_retired && !rows[i - 1].is_retired)
            assert_int_equal(key_ring_retire(live->keys, slice_of_string(id)), JALON_OK);
        json_t *shown, *answer;
        struct problem problem;
        assert_int_equal(show(registry, slice_of_string(rows[i].code), NULL, &shown, &problem), 0);
        expect(shown, rows[i].shown);
        json_decref(shown);
        json_t *order = json_pack("{s:s, s:o, s:s, s:s}", "campaign", "spring-trail", "order_id",
                                  json_sprintf("%zu", i), "type", "sale", "code", rows[i].code);
        bool is_known;
        assert_int_equal(conversion_add(registry, order, &answer, &is_known, &problem), JALON_OK);
        expect(answer, rows[i].answer);
        json_decref(answer);
        json_decref(order);
    }
}

static void an_ambiguous_code_names_the_campaigns(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add, "{'campaign':'spring-trail','creator':'marie','slug':'TRAIL'}");
    add(registry, code_add, "{'campaign':'winter-trail','creator':'tom','slug':'TRAIL'}");
    json_t *shown;
    struct problem problem;
    int err = show(registry, SLICE("trail"), NULL, &shown, &problem);
    expect_problem("ambiguous", err, &problem, PROBLEM_CONFLICT, NULL);
    assert_non_null(strstr(problem.detail, "spring-trail"));
    assert_non_null(strstr(problem.detail, "winter-trail"));
    assert_int_equal(show(registry, SLICE("trail"), "winter-trail", &shown, &problem), 0);
    expect(shown, "{'creator':'tom','campaign':'winter-trail'}");
    json_decref(shown);
    err = show(registry, SLICE("trail"), "nope", &shown, &problem);
    expect_problem("no campaign", err, &problem, PROBLEM_NOT_FOUND, NULL);
    registry->scope_brand = SLICE("acme");
    assert_int_equal(show(registry, SLICE("trail"), NULL, &shown, &problem), 0);
    expect(shown, "{'creator':'marie'}");
    json_decref(shown);
    err = show(registry, SLICE("trail"), "winter-trail", &shown, &problem);
    expect_problem("out of limit", err, &problem, PROBLEM_NOT_FOUND, NULL);
}

/* What is outside the limit is told neither by its campaign nor by how it is spelled there. */
static void a_limit_hides_whose_a_taken_code_is(void **state)
{
    static const struct {
        const char *scope, *detail, *field;
    } rows[] = {
        {"", "MARIE1O is taken by campaign secret-launch at that time: try marie-102",
         "it reads as MARIE1O, which is taken: choose another"},
        {"spring-trail", "marie-10 is taken at that time: try marie-102",
         "it is taken: choose another"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, campaign_add,
        "{'campaign':'secret-launch','brand':'acme','target':'https://shop.example/','currency':"
        "'EUR','timezone':'UTC'}");
    add(registry, code_add,
        "{'campaign':'secret-launch','creator':'tom','slug':'MARIE1O','valid_from':"
        "'2026-05-01T00:00:00Z'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'MARIE10','valid_until':"
        "'2026-05-01T00:00:00Z'}");
    json_t *input = json_of("{'campaign':'spring-trail','creator':'marie','slug':'marie-10'}");
    json_t *longer = json_of("{'valid_until':'2026-07-01T00:00:00Z'}"), *result = NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct problem problem = {0};
        registry->scope_campaign = slice_of_string(rows[i].scope);
        assert_int_equal(code_add(registry, input, &result, &problem), JALON_CONFLICT);
        assert_string_equal(problem.detail, rows[i].detail);
        assert_string_equal(problem.fields[0].detail, rows[i].field);
        problem = (struct problem){0};
        assert_int_equal(
            code_set(registry, SLICE("MARIE10"), SLICE("spring-trail"), longer, &result, &problem),
            JALON_CONFLICT);
        assert_string_equal(problem.detail,
                            *rows[i].scope
                                ? "there is a code that reads the same at that time"
                                : "campaign secret-launch has a code that reads the same at that "
                                  "time");
    }
    json_decref(input);
    json_decref(longer);
}

static void bad_codes_are_refused_by_field(void **state)
{
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{'campaign':'nope','creator':'marie'}", "/campaign"},
        {"{'campaign':'spring-trail','creator':'nope'}", "/creator"},
        {"{'campaign':'spring-trail'}", "/creator"},
        {"{'campaign':'spring-trail','creator':'marie','prefix':'A'}", "/prefix"},
        {"{'campaign':'spring-trail','creator':'marie','prefix':'A-B'}", "/prefix"},
        {"{'campaign':'spring-trail','creator':'marie','prefix':'A_B'}", "/prefix"},
        {"{'campaign':'spring-trail','creator':'marie','prefix':'ABCDEFGHIJKLMNOPQ'}", "/prefix"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'MARIE 10%'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'\u00c9T\u00c9'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'---'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'M10','prefix':'MM'}", "/prefix"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'M10','count':2}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','count':0}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','count':-1}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','count':'3'}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','count':1.5}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','count':100001}", "/count"},
        {"{'campaign':'spring-trail','creator':'marie','max_redemptions':-5}", "/max_redemptions"},
        {"{'campaign':'spring-trail','creator':'marie','max_redemptions':0}", "/max_redemptions"},
        {"{'campaign':'spring-trail','creator':'marie','count':2,'max_redemptions':0}",
         "/max_redemptions"},
        {"{'campaign':'spring-trail','creator':'marie','slug':''}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','slug':'TOM-00000-EMBC2'}", "/slug"},
        {"{'campaign':'spring-trail','creator':'marie','valid_until':''}", "/valid_until"},
        {"{'campaign':'spring-trail','creator':'marie','valid_until':'2026-13-01T00:00:00Z'}",
         "/valid_until"},
        {"{'campaign':'spring-trail','creator':'marie','valid_from':'2026-06-01T00:00:00Z',"
         "'valid_until':'2026-06-01T00:00:00Z'}",
         "/valid_until"},
        {"{'campaign':'spring-trail','creator':'marie','discount':'a\\tb'}", "/discount"},
        {"{'campaign':'spring-trail','creator':'marie','state':'disabled'}", "/state"},
    };
    struct registry *registry = &((struct live *)*state)->registry;
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(registry, code_add, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE_NONE};
    struct problem problem = {0};
    assert_int_equal(code_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 0);
}

static void many_codes_at_once_are_all_different(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    json_t *result =
        add_ok(registry, code_add, "{'campaign':'spring-trail','creator':'marie','count':300}");
    const json_t *codes = json_object_get(result, "codes");
    assert_int_equal(json_array_size(codes), 300);
    expect(json_array_get(codes, 299), "{'max_redemptions':1,'state':'active'}");
    json_t *seen = json_object();
    for (size_t i = 0; i < 300; i++)
        json_object_set_new(seen,
                            json_string_value(json_object_get(json_array_get(codes, i), "code")),
                            json_true());
    assert_int_equal(json_object_size(seen), 300);
    json_decref(seen);
    json_decref(result);
    size_t count = 0;
    struct list_filter filter = {.campaign = SLICE("spring-trail")};
    struct problem problem = {0};
    assert_int_equal(code_list(registry, &filter, count_one, &count, &problem), JALON_OK);
    assert_int_equal(count, 300);
    result = add_ok(registry, code_add,
                    "{'campaign':'spring-trail','creator':'marie','count':1,'max_redemptions':5}");
    expect(json_array_get(json_object_get(result, "codes"), 0), "{'max_redemptions':5}");
    json_decref(result);
}

/* A vanity code that reads as the signed code of the next serial would. */
static void a_serial_that_is_taken_is_passed_over(void **state)
{
    struct live *live = *state;
    char next[32], plain[32], input[128];
    assert_int_equal(jalon_code_mint(live->keys, "spring-trail", "ZZ", 1, next), JALON_OK);
    (void)snprintf(plain, sizeof plain, "%.2s%.5s%.5s", next, next + 3, next + 9);
    const char *const forms[] = {next, plain};
    for (size_t i = 0; i < COUNT(forms); i++) {
        (void)snprintf(input, sizeof input,
                       "{'campaign':'spring-trail','creator':'tom','slug':'%s'}", forms[i]);
        if (i == 0) /* as it is printed, it would be taken for a signed one */
            refuse(&live->registry, code_add, input, PROBLEM_INVALID, "/slug");
        else /* nobody knows yet that ZZ will be a prefix */
            add(&live->registry, code_add, input);
    }
    json_t *code = add_ok(&live->registry, code_add,
                          "{'campaign':'spring-trail','creator':'marie','prefix':'ZZ','count':3}");
    const json_t *codes = json_object_get(code, "codes");
    assert_int_equal(json_array_size(codes), 3);
    for (size_t i = 0; i < 3; i++)
        assert_false(slice_is(thing_text(json_array_get(codes, i), "code"), next));
    json_decref(code);
    refuse(&live->registry, code_add,
           "{'campaign':'spring-trail','creator':'tom','slug':'ZZ1234567890'}", PROBLEM_INVALID,
           "/slug");
}

static void codes_change_but_never_into_each_other(void **state)
{
    struct registry *registry = &((struct live *)*state)->registry;
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'marie','slug':'M10','valid_until':"
        "'2026-06-01T00:00:00Z'}");
    add(registry, code_add,
        "{'campaign':'spring-trail','creator':'tom','slug':'M10','valid_from':"
        "'2026-06-01T00:00:00Z'}");
    static const struct {
        const char *changes, *after; /* after: NULL when refused */
        enum problem_kind kind;
    } rows[] = {
        {"{'discount':'20 %'}", "{'discount':'20 %','creator':'marie'}", PROBLEM_NONE},
        {"{'state':'disabled'}", "{'state':'disabled','valid':false}", PROBLEM_NONE},
        {"{'state':'active'}", "{'state':'active','valid':true}", PROBLEM_NONE},
        {"{'max_redemptions':3}", "{'max_redemptions':3}", PROBLEM_NONE},
        {"{'max_redemptions':0}", NULL, PROBLEM_INVALID},
        {"{'max_redemptions':null}", "{'max_redemptions':null}", PROBLEM_NONE},
        {"{'valid_until':null}", NULL, PROBLEM_CONFLICT},
        {"{'valid_until':'2026-06-01T00:00:01Z'}", NULL, PROBLEM_CONFLICT},
        {"{'valid_from':'2026-07-01T00:00:00Z'}", NULL, PROBLEM_INVALID},
        {"{'slug':'M11'}", NULL, PROBLEM_INVALID},
        {"{'count':2}", NULL, PROBLEM_INVALID},
        {"{'creator':'tom'}", NULL, PROBLEM_INVALID},
        {"{'valid_until':'2026-05-28T20:26:40Z'}", "{'state':'expired','valid':false}",
         PROBLEM_NONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *changes = json_of(rows[i].changes), *result = NULL;
        struct problem problem = {0};
        int err = code_set(registry, SLICE("m10"), SLICE_NONE, changes, &result, &problem);
        if (rows[i].after) {
            problem_print(&problem);
            assert_int_equal(err, JALON_OK);
            expect(result, rows[i].after);
        } else {
            expect_problem(rows[i].changes, err, &problem, rows[i].kind, NULL);
        }
        json_decref(result);
        json_decref(changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(signed_code_is_signed_and_shown, live_seed),
        cmocka_unit_test_setup(a_mistyped_code_is_told_from_an_unknown_one, live_seed),
        cmocka_unit_test_setup(codes_that_fold_alike_cannot_both_hold, live_seed),
        cmocka_unit_test_setup(an_ambiguous_code_names_the_campaigns, live_seed),
        cmocka_unit_test_setup(the_spelling_chooses_among_codes_that_fold_alike, live_seed),
        cmocka_unit_test_setup(a_code_dies_with_its_key, live_seed),
        cmocka_unit_test_setup(a_limit_hides_whose_a_taken_code_is, live_seed),
        cmocka_unit_test_setup(bad_codes_are_refused_by_field, live_seed),
        cmocka_unit_test_setup(many_codes_at_once_are_all_different, live_seed),
        cmocka_unit_test_setup(a_serial_that_is_taken_is_passed_over, live_seed),
        cmocka_unit_test_setup(codes_change_but_never_into_each_other, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
