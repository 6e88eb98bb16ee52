#include "tests/unit/core/registry/live.h"

static int check(struct registry *registry, const char *token, const char *scope,
                 json_t **ret_result, struct problem *problem)
{
    *problem = (struct problem){0};
    *ret_result = NULL;
    return token_check(registry, slice_of_string(token), scope, ret_result, problem);
}

static void a_token_opens_its_scopes_only(void **state)
{
    struct live *live = *state;
    json_t *token = add_ok(&live->registry, token_add, "{'scopes':['issue','report']}");
    char secret[96];
    assert_int_equal(slice_to_string(secret, sizeof secret, thing_text(token, "token")), 0);
    json_t *result;
    struct problem problem;
    assert_int_equal(check(&live->registry, secret, "issue", &result, &problem), JALON_OK);
    expect(result, "{'brand':null,'campaign':null,'scopes':['issue','report'],'state':'active'}");
    assert_null(json_object_get(result, "token"));
    json_decref(result);
    int err = check(&live->registry, secret, "convert", &result, &problem);
    expect_problem("scope", err, &problem, PROBLEM_FORBIDDEN, NULL);

    /* The secret is nowhere in the store. */
    redisContext *redis = redis_server_connect(&live->server);
    redisReply *reply = redisCommand(redis, "HVALS jalon:{s}:tokens");
    assert_int_equal(reply->elements, 1);
    assert_null(strstr(reply->element[0]->str, secret + strlen("jalon_") + 17));
    freeReplyObject(reply);
    redisFree(redis);
    json_decref(token);
}

static void every_other_token_is_unauthorized(void **state)
{
    struct live *live = *state;
    json_t *token = add_ok(&live->registry, token_add, "{'scopes':['issue']}");
    char secret[96];
    assert_int_equal(slice_to_string(secret, sizeof secret, thing_text(token, "token")), 0);
    json_decref(token);
    json_t *result;
    struct problem problem;
    for (size_t i = 0; i < strlen(secret); i++) { /* each character, changed */
        char other[96];
        memcpy(other, secret, sizeof other);
        other[i] = other[i] == '0' ? '1' : '0';
        int err = check(&live->registry, other, "issue", &result, &problem);
        expect_problem(other, err, &problem, PROBLEM_UNAUTHORIZED, NULL);
    }
    char cut[96], longer[112];
    (void)snprintf(cut, sizeof cut, "%.*s", (int)strlen(secret) - 1, secret);
    (void)snprintf(longer, sizeof longer, "%sA", secret);
    const char *const rows[] = {"",     "jalon_",  cut, longer, "Bearer", "jalon_0123456789abcdef_",
                                "\xff", secret + 1};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int err = check(&live->registry, rows[i], "issue", &result, &problem);
        expect_problem(rows[i], err, &problem, PROBLEM_UNAUTHORIZED, NULL);
        assert_null(result);
    }
}

static void a_revoked_token_is_unauthorized(void **state)
{
    struct live *live = *state;
    json_t *token = add_ok(&live->registry, token_add, "{'scopes':'report','name':'analyst'}");
    char secret[96];
    assert_int_equal(slice_to_string(secret, sizeof secret, thing_text(token, "token")), 0);
    struct problem problem = {0};
    assert_int_equal(token_revoke(&live->registry, thing_text(token, "id"), &problem), JALON_OK);
    assert_int_equal(token_revoke(&live->registry, thing_text(token, "id"), &problem), JALON_OK);
    json_t *result;
    int err = check(&live->registry, secret, "report", &result, &problem);
    expect_problem("revoked", err, &problem, PROBLEM_UNAUTHORIZED, NULL);
    json_decref(token);
    static const char *const unknown[] = {"", "0123456789abcdef", "nonsense", "jalon_zz"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        problem = (struct problem){0};
        err = token_revoke(&live->registry, slice_of_string(unknown[i]), &problem);
        expect_problem(unknown[i], err, &problem, PROBLEM_NOT_FOUND, NULL);
    }
}

static void limits_are_checked_and_told(void **state)
{
    struct live *live = *state;
    static const struct {
        const char *input, *pointer;
    } rows[] = {
        {"{}", "/scopes"},
        {"{'scopes':[]}", "/scopes"},
        {"{'scopes':['admin']}", "/scopes"},
        {"{'scopes':['issue','*']}", "/scopes"},
        {"{'scopes':['issue'],'campaign':'nope'}", "/campaign"},
        {"{'scopes':['issue'],'brand':'nordic','campaign':'spring-trail'}", "/brand"},
        {"{'scopes':['issue'],'brand':'A'}", "/brand"},
        {"{'scopes':['issue'],'token':'mine'}", "/token"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        refuse(&live->registry, token_add, rows[i].input, PROBLEM_INVALID, rows[i].pointer);
    json_t *token =
        add_ok(&live->registry, token_add, "{'scopes':['issue'],'campaign':'spring-trail'}");
    expect(token, "{'brand':'acme','campaign':'spring-trail'}");
    json_decref(token);
    live->registry.scope_brand = SLICE("acme");
    refuse(&live->registry, token_add, "{'scopes':['issue']}", PROBLEM_NOT_FOUND, NULL);
    struct problem problem = {0};
    size_t count = 0;
    int err = token_list(&live->registry, count_one, &count, &problem);
    expect_problem("list", err, &problem, PROBLEM_NOT_FOUND, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_token_opens_its_scopes_only, live_seed),
        cmocka_unit_test_setup(every_other_token_is_unauthorized, live_seed),
        cmocka_unit_test_setup(a_revoked_token_is_unauthorized, live_seed),
        cmocka_unit_test_setup(limits_are_checked_and_told, live_seed),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
